#include "tests/bench/peers/publish_at_rate.hpp"

#include <nats/nats.h>

#include <cstring>
#include <thread>

#include "common/nats/connection.hpp"
#include "tests/bench/peers/jetstream_stream.hpp"
#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr const char* kSubject = "bench.open";
constexpr std::int64_t kAllAcknowledgedWaitMs = 30'000;

// The time at which it was due stands in the first eight bytes.
void NoteArrival(const nats::Message& message, Arrivals& arrivals) {
  std::int64_t due_us = 0;
  if (message.payload.size() < sizeof(due_us)) return;
  std::memcpy(&due_us, message.payload.data(), sizeof(due_us));
  arrivals.Add(due_us);
}

Status PublishDueAt(jsCtx* context, TimePoint due, std::string& payload) {
  const std::int64_t due_us = ToMicros(due);
  std::memcpy(payload.data(), &due_us, sizeof(due_us));
  std::this_thread::sleep_until(due);
  const natsStatus status =
      js_PublishAsync(context, kSubject, payload.data(), static_cast<int>(payload.size()), nullptr);
  return status == NATS_OK ? absl::OkStatus() : NatsFailure("not published", status);
}

Status PublishAll(jsCtx* context, const OpenLoop& loop, const Arrivals& arrivals) {
  std::string payload = NewEvents(1, 1).front();
  // From the first one that comes the subscription stands. It falls into the warm-up.
  const bool stands = testing::Eventually([&] {
    static_cast<void>(PublishDueAt(context, std::chrono::system_clock::now(), payload));
    return arrivals.count() > 0;
  });
  if (!stands) return absl::UnavailableError("jetstream delivers nothing");
  const TimePoint begin = std::chrono::system_clock::now();
  for (std::uint64_t i = 0; i < loop.Count(); ++i)
    HQ_RETURN_IF_ERROR(PublishDueAt(context, loop.DueAt(begin, i), payload));
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = kAllAcknowledgedWaitMs;
  const natsStatus status = js_PublishAsyncComplete(context, &options);
  return status == NATS_OK ? absl::OkStatus() : NatsFailure("not acknowledged", status);
}

}  // namespace

Result<std::uint64_t> PublishAtRate(const nats::Login& login, const OpenLoop& loop,
                                    Arrivals& arrivals) {
  HQ_ASSIGN_OR_RETURN(const auto bus, nats::Bus::Connect(login));
  HQ_RETURN_IF_ERROR(bus->Subscribe(
      kSubject, [&](const nats::Message& message) { NoteArrival(message, arrivals); }));
  HQ_ASSIGN_OR_RETURN(const auto connection, nats::Connection::Open(login));
  const auto is_connected = [&] { return bus->is_connected() && connection->is_connected(); };
  if (!testing::Eventually(is_connected))
    return absl::UnavailableError("jetstream takes no connection");
  jsOptions options;
  jsOptions_Init(&options);
  jsCtx* context = nullptr;
  const natsStatus status = natsConnection_JetStream(&context, connection->get(), &options);
  if (status != NATS_OK) return NatsFailure("no context", status);
  const Status published = PublishAll(context, loop, arrivals);
  const bool has_all = published.ok() && arrivals.WaitFor(loop.Count() + 1);
  connection->Close();
  jsCtx_Destroy(context);
  HQ_RETURN_IF_ERROR(published);
  if (!has_all) return absl::DeadlineExceededError("jetstream: not every message came");
  return loop.Count();
}

}  // namespace hq::bench
