#include "tests/bench/peers/postgres_loop.hpp"

#include <endian.h>

#include <array>
#include <cstring>

#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr const char* kStatement = "append";

// One event a transaction, or a batch for one stream in one statement.
constexpr const char* kInsertOne =
    "INSERT INTO events (stream, version, payload) VALUES ($1::text, $2::bigint + 1, $3::bytea)";
constexpr const char* kInsertMany =
    "INSERT INTO events (stream, version, payload) "
    "SELECT $1::text, $2::bigint + number, payload "
    "FROM unnest($3::bytea[]) WITH ORDINALITY AS batch (payload, number)";

std::string BigEndian(std::uint32_t number) {
  const std::uint32_t ordered = htobe32(number);
  return {reinterpret_cast<const char*>(&ordered), sizeof(ordered)};
}

// The binary form of a one-dimensional bytea[]: dimensions, has nulls, element type, then length
// and lower bound of the dimension, then each element behind its length.
std::string ArrayOf(const std::vector<std::string>& elements) {
  constexpr std::uint32_t kByteaOid = 17;
  std::string bytes = BigEndian(1) + BigEndian(0) + BigEndian(kByteaOid) +
                      BigEndian(static_cast<std::uint32_t>(elements.size())) + BigEndian(1);
  for (const auto& element : elements)
    bytes += BigEndian(static_cast<std::uint32_t>(element.size())) + element;
  return bytes;
}

}  // namespace

Status PostgresFailure(PGconn* connection) {
  return absl::UnavailableError(std::string("postgresql: ") + PQerrorMessage(connection));
}

PostgresLoop::PostgresLoop(const AppendLoad& load, std::string run,
                           std::atomic<std::uint64_t>& acknowledged)
    : load_(load), run_(std::move(run)), meter_(load, acknowledged) {
  for (const auto& batch : BatchPool(load_.batch))
    payloads_.push_back(load_.batch == 1 ? batch.front() : ArrayOf(batch));
}

Status PostgresLoop::Add(PGconn* connection) {
  PGresult* prepared =
      PQprepare(connection, kStatement, load_.batch == 1 ? kInsertOne : kInsertMany, 0, nullptr);
  const bool is_prepared = PQresultStatus(prepared) == PGRES_COMMAND_OK;
  PQclear(prepared);
  if (!is_prepared) return PostgresFailure(connection);
  const auto index = static_cast<std::uint32_t>(clients_.size());
  clients_.push_back({connection, run_ + "-" + std::to_string(index), 0, {}, false});
  epoll_.Add(PQsocket(connection), index);
  return absl::OkStatus();
}

Result<AppendResult> PostgresLoop::Run() {
  meter_.Start();
  for (Client& client : clients_) HQ_RETURN_IF_ERROR(Send(client));
  while (busy_ > 0) {
    const auto ready = epoll_.Wait();
    if (ready.empty()) return absl::DeadlineExceededError("postgresql does not answer");
    for (const std::uint32_t index : ready) HQ_RETURN_IF_ERROR(Receive(clients_[index]));
  }
  return std::move(meter_).Result();
}

Status PostgresLoop::Send(Client& client) {
  const auto batch = static_cast<std::uint64_t>(load_.batch);
  if (meter_.IsOver(sent_)) return absl::OkStatus();
  const std::string& payload = payloads_[(sent_ / batch) % payloads_.size()];
  const std::uint64_t version = htobe64(client.version);
  const std::array<const char*, 3> values = {
      client.stream.data(), reinterpret_cast<const char*>(&version), payload.data()};
  const std::array<int, 3> lengths = {static_cast<int>(client.stream.size()), sizeof(version),
                                      static_cast<int>(payload.size())};
  const std::array<int, 3> formats = {1, 1, 1};
  client.sent_at = Now();
  if (PQsendQueryPrepared(client.connection, kStatement, 3, values.data(), lengths.data(),
                          formats.data(), 1) != 1)
    return PostgresFailure(client.connection);
  client.version += batch;
  client.is_busy = true;
  sent_ += batch;
  ++busy_;
  return absl::OkStatus();
}

Status PostgresLoop::Receive(Client& client) {
  if (PQconsumeInput(client.connection) != 1) return PostgresFailure(client.connection);
  while (client.is_busy && PQisBusy(client.connection) == 0) {
    PGresult* answer = PQgetResult(client.connection);
    if (answer != nullptr) {
      const bool is_done = PQresultStatus(answer) == PGRES_COMMAND_OK;
      PQclear(answer);
      if (!is_done) return PostgresFailure(client.connection);
      continue;
    }
    client.is_busy = false;
    --busy_;
    meter_.Acknowledged(static_cast<std::uint64_t>(load_.batch), client.sent_at);
    HQ_RETURN_IF_ERROR(Send(client));
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
