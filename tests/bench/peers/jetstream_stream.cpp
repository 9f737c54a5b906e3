#include "tests/bench/peers/jetstream_stream.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "tests/bench/harness/meter.hpp"
#include "tests/support/eventually.hpp"

namespace hq::bench {
namespace {

constexpr std::int64_t kApiWaitMs = 60'000;
constexpr auto kReadWait = std::chrono::minutes(10);

// What the consumer's callback counts.
struct Reading {
  std::mutex mutex;
  std::condition_variable all_seen;
  std::atomic<std::uint64_t> seen = 0;
  std::uint64_t wanted = 0;
  SteadyTime ended_at;
};

void OnMessage(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  natsMsg_Destroy(message);
  auto* reading = static_cast<Reading*>(closure);
  if (++reading->seen != reading->wanted) return;
  std::lock_guard lock(reading->mutex);
  reading->ended_at = Now();
  reading->all_seen.notify_all();
}

}  // namespace

Status NatsFailure(const char* what, natsStatus status) {
  return absl::UnavailableError(std::string("jetstream: ") + what + ": " +
                                natsStatus_GetText(status));
}

Result<std::unique_ptr<JetStreamStream>> JetStreamStream::Connect(const nats::Login& login) {
  std::unique_ptr<JetStreamStream> stream(new JetStreamStream);
  HQ_ASSIGN_OR_RETURN(stream->connection_, nats::Connection::Open(login));
  if (!testing::Eventually([&] { return stream->connection_->is_connected(); }))
    return absl::UnavailableError("jetstream takes no connection");
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = kApiWaitMs;
  const natsStatus status =
      natsConnection_JetStream(&stream->context_, stream->connection_->get(), &options);
  if (status != NATS_OK) return NatsFailure("no context", status);
  return stream;
}

JetStreamStream::~JetStreamStream() {
  connection_->Close();
  jsCtx_Destroy(context_);
}

Status JetStreamStream::MakeAnew() {
  natsStatus status = js_DeleteStream(context_, kStreamName, nullptr, nullptr);
  if (status != NATS_OK && status != NATS_NOT_FOUND) return NatsFailure("not deleted", status);
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* subjects[] = {kStreamSubjects};
  config.Name = kStreamName;
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.Storage = js_FileStorage;
  config.Replicas = 1;
  status = js_AddStream(nullptr, context_, &config, nullptr, nullptr);
  return status == NATS_OK ? absl::OkStatus() : NatsFailure("no stream", status);
}

Result<std::uint64_t> JetStreamStream::LastSequence() {
  jsStreamInfo* info = nullptr;
  const natsStatus status = js_GetStreamInfo(&info, context_, kStreamName, nullptr, nullptr);
  if (status != NATS_OK) return NatsFailure("no information", status);
  const std::uint64_t last = info->State.LastSeq;
  jsStreamInfo_Destroy(info);
  return last;
}

Result<double> JetStreamStream::ReadOrdered(std::uint64_t events) {
  Reading reading;
  reading.wanted = events;
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Ordered = true;
  natsSubscription* subscription = nullptr;
  const SteadyTime since = Now();
  const natsStatus status = js_Subscribe(&subscription, context_, kStreamSubjects, OnMessage,
                                         &reading, nullptr, &options, nullptr);
  if (status != NATS_OK) return NatsFailure("no consumer", status);
  natsSubscription_SetPendingLimits(subscription, -1, -1);
  bool is_complete = false;
  {
    std::unique_lock lock(reading.mutex);
    is_complete =
        reading.all_seen.wait_for(lock, kReadWait, [&] { return reading.seen >= reading.wanted; });
  }
  natsSubscription_Unsubscribe(subscription);
  // No callback touches `reading` after this one says that the last has returned.
  std::atomic<bool> is_over = false;
  natsSubscription_SetOnCompleteCB(
      subscription, [](void* over) { *static_cast<std::atomic<bool>*>(over) = true; }, &is_over);
  testing::Eventually([&] { return is_over.load(); }, std::chrono::seconds(5));
  natsSubscription_Destroy(subscription);
  if (!is_complete) return absl::DeadlineExceededError("jetstream does not deliver");
  return static_cast<double>(events) / SecondsBetween(since, reading.ended_at);
}

}  // namespace hq::bench
