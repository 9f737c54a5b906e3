#include "tests/bench/peers/jetstream_publisher.hpp"

#include <cstdlib>

#include "tests/bench/harness/window.hpp"
#include "tests/bench/peers/jetstream_stream.hpp"
#include "tests/bench/wire/append_wire.hpp"
#include "tests/support/eventually.hpp"

namespace hq::bench {
namespace {

constexpr auto kAnswerWait = std::chrono::seconds(10);
constexpr std::int64_t kPublishWaitMs = 30'000;

// The subject's last word is its slot's number.
std::size_t SlotOf(const std::string& subject) {
  return std::strtoull(subject.c_str() + subject.rfind('.') + 1, nullptr, 10);
}

}  // namespace

JetStreamPublisher::JetStreamPublisher(const AppendLoad& load,
                                       std::atomic<std::uint64_t>& acknowledged)
    : load_(load), meter_(load, acknowledged) {
  for (const auto& batch : BatchPool(load_.batch)) {
    std::string payload;
    for (const auto& event : batch) payload += event;
    payloads_.push_back(std::move(payload));
  }
}

Result<std::unique_ptr<JetStreamPublisher>> JetStreamPublisher::Connect(
    const nats::Login& login, const AppendLoad& load, std::atomic<std::uint64_t>& acknowledged) {
  std::unique_ptr<JetStreamPublisher> publisher(new JetStreamPublisher(load, acknowledged));
  HQ_ASSIGN_OR_RETURN(publisher->connection_, nats::Connection::Open(login));
  if (!testing::Eventually([&] { return publisher->connection_->is_connected(); }))
    return absl::UnavailableError("jetstream takes no connection");
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.AckHandler = &JetStreamPublisher::OnAck;
  options.PublishAsync.AckHandlerClosure = publisher.get();
  const natsStatus status =
      natsConnection_JetStream(&publisher->context_, publisher->connection_->get(), &options);
  if (status != NATS_OK) return NatsFailure("no context", status);
  return publisher;
}

JetStreamPublisher::~JetStreamPublisher() {
  if (connection_) connection_->Close();
  jsCtx_Destroy(context_);
}

Result<AppendResult> JetStreamPublisher::Run(std::uint64_t last_sequence) {
  stream_sequence_ = last_sequence;
  const auto slots = IsStreaming() ? kStreamWindow : static_cast<std::size_t>(load_.clients);
  // A run's subjects are its own, so that their first publication expects nothing.
  const std::string run = "bench." + std::to_string(last_sequence) + ".";
  for (std::size_t i = 0; i < slots; ++i) slots_.push_back({run + std::to_string(i), 0, {}});
  meter_.Start();
  for (std::size_t i = 0; i < slots; ++i) HQ_RETURN_IF_ERROR(Send(i));
  while (busy_ > 0) {
    const auto answers = NextAnswers();
    if (answers.empty()) return absl::DeadlineExceededError("jetstream does not acknowledge");
    for (const Answer& answer : answers) HQ_RETURN_IF_ERROR(Take(answer));
  }
  return std::move(meter_).Result();
}

Status JetStreamPublisher::Send(std::size_t index) {
  if (meter_.IsOver(sent_)) return absl::OkStatus();
  Slot& slot = slots_[index];
  const auto batch = static_cast<std::uint64_t>(load_.batch);
  const std::string& payload = payloads_[(sent_ / batch) % payloads_.size()];
  natsMsg* message = nullptr;
  natsStatus status = natsMsg_Create(&message, slot.subject.c_str(), nullptr, payload.data(),
                                     static_cast<int>(payload.size()));
  // Set by hand, for the library leaves out an expected 0.
  const char* header =
      IsStreaming() ? "Nats-Expected-Last-Sequence" : "Nats-Expected-Last-Subject-Sequence";
  const std::uint64_t expected = IsStreaming() ? stream_sequence_++ : slot.last_sequence;
  if (status == NATS_OK)
    status = natsMsgHeader_Set(message, header, std::to_string(expected).c_str());
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = kPublishWaitMs;
  slot.sent_at = Now();
  if (status == NATS_OK) status = js_PublishMsgAsync(context_, &message, &options);
  natsMsg_Destroy(message);  // Null if the library took it.
  if (status != NATS_OK) return NatsFailure("not published", status);
  sent_ += batch;
  ++busy_;
  return absl::OkStatus();
}

std::deque<JetStreamPublisher::Answer> JetStreamPublisher::NextAnswers() {
  std::unique_lock lock(mutex_);
  answered_.wait_for(lock, kAnswerWait, [this] { return !answers_.empty(); });
  return std::exchange(answers_, {});
}

Status JetStreamPublisher::Take(const Answer& answer) {
  if (!answer.error.empty()) return absl::InternalError("jetstream: " + answer.error);
  Slot& slot = slots_[answer.slot];
  slot.last_sequence = answer.sequence;
  --busy_;
  meter_.Acknowledged(static_cast<std::uint64_t>(load_.batch), slot.sent_at);
  return Send(answer.slot);
}

void JetStreamPublisher::OnAck(jsCtx*, natsMsg* message, jsPubAck* ack, jsPubAckErr* error,
                               void* closure) {
  auto* publisher = static_cast<JetStreamPublisher*>(closure);
  Answer answer;
  answer.slot = SlotOf(natsMsg_GetSubject(message));
  natsMsg_Destroy(message);
  if (ack) answer.sequence = ack->Sequence;
  if (error) answer.error = error->ErrText ? error->ErrText : natsStatus_GetText(error->Err);
  std::lock_guard lock(publisher->mutex_);
  publisher->answers_.push_back(std::move(answer));
  publisher->answered_.notify_one();
}

}  // namespace hq::bench
