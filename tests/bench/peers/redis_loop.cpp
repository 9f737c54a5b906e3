#include "tests/bench/peers/redis_loop.hpp"

#include <array>

#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

Status RedisFailure(const redisContext& context) {
  return absl::UnavailableError(std::string("redis: ") + context.errstr);
}

}  // namespace

RedisLoop::RedisLoop(const AppendLoad& load, std::string run, std::string script,
                     std::atomic<std::uint64_t>& acknowledged)
    : load_(load), run_(std::move(run)), script_(std::move(script)), meter_(load, acknowledged) {
  for (const auto& batch : BatchPool(1)) events_.push_back(batch.front());
}

Status RedisLoop::Connect(const std::string& unix_socket) {
  Client client;
  client.context.reset(redisConnectUnix(unix_socket.c_str()));
  if (!client.context || client.context->err != 0)
    return absl::UnavailableError("redis takes no connection");
  const auto index = static_cast<std::uint32_t>(clients_.size());
  client.entity = run_ + "-" + std::to_string(index);
  epoll_.Add(client.context->fd, index);
  clients_.push_back(std::move(client));
  return absl::OkStatus();
}

Result<AppendResult> RedisLoop::Run() {
  meter_.Start();
  for (Client& client : clients_) HQ_RETURN_IF_ERROR(Send(client));
  while (busy_ > 0) {
    const auto ready = epoll_.Wait();
    if (ready.empty()) return absl::DeadlineExceededError("redis does not answer");
    for (const std::uint32_t index : ready) HQ_RETURN_IF_ERROR(Receive(clients_[index]));
  }
  return std::move(meter_).Result();
}

void RedisLoop::Queue(Client& client, const std::string& event) {
  if (script_.empty()) {
    const std::array<const char*, 5> words = {"XADD", "events", "*", "e", event.data()};
    const std::array<std::size_t, 5> sizes = {4, 6, 1, 1, event.size()};
    redisAppendCommandArgv(client.context.get(), words.size(),
                           const_cast<const char**>(words.data()), sizes.data());
    return;
  }
  const std::string version = std::to_string(client.version);
  const std::array<const char*, 7> words = {
      "EVALSHA", script_.data(), "2", "events", client.entity.data(), version.data(), event.data()};
  const std::array<std::size_t, 7> sizes = {
      7, script_.size(), 1, 6, client.entity.size(), version.size(), event.size()};
  redisAppendCommandArgv(client.context.get(), words.size(), const_cast<const char**>(words.data()),
                         sizes.data());
  ++client.version;
}

Status RedisLoop::Send(Client& client) {
  if (meter_.IsOver(sent_)) return absl::OkStatus();
  for (int i = 0; i < load_.batch; ++i) Queue(client, events_[sent_++ % events_.size()]);
  client.sent_at = Now();
  client.answers_left = load_.batch;
  ++busy_;
  int is_written = 0;
  while (is_written == 0)
    if (redisBufferWrite(client.context.get(), &is_written) != REDIS_OK)
      return RedisFailure(*client.context);
  return absl::OkStatus();
}

Status RedisLoop::Receive(Client& client) {
  if (redisBufferRead(client.context.get()) != REDIS_OK) return RedisFailure(*client.context);
  while (client.answers_left > 0) {
    void* answer = nullptr;
    if (redisGetReplyFromReader(client.context.get(), &answer) != REDIS_OK)
      return RedisFailure(*client.context);
    if (answer == nullptr) return absl::OkStatus();
    auto* reply = static_cast<redisReply*>(answer);
    const bool is_error = reply->type == REDIS_REPLY_ERROR;
    const std::string text = is_error ? reply->str : "";
    freeReplyObject(reply);
    if (is_error) return absl::InternalError("redis: " + text);
    --client.answers_left;
  }
  --busy_;
  meter_.Acknowledged(static_cast<std::uint64_t>(load_.batch), client.sent_at);
  return Send(client);
}

}  // namespace hq::bench
