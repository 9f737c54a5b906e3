#include "services/ledger/adapters/nats_announcement_stream.hpp"

#include <algorithm>

#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::int64_t kApiWaitMs = 2'000;
constexpr std::int64_t kAckWaitMs = 2'000;
constexpr auto kWindowWait = std::chrono::seconds(10);
constexpr std::int64_t kPendingMax = 1'024;
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDuplicatesWindowNs = 120 * kSecondNs;

Status Away(const std::string& what, natsStatus status, int code) {
  return absl::UnavailableError("announcements: " + what + ": " + natsStatus_GetText(status) +
                                " (" + std::to_string(code) + ")");
}

NatsAnnouncementStream::State StateOf(const jsStreamInfo& info) {
  return {info.State.Msgs, info.State.FirstSeq, info.State.LastSeq};
}

}  // namespace

Result<std::unique_ptr<NatsAnnouncementStream>> NatsAnnouncementStream::Open(
    const AnnouncerSettings& settings) {
  std::unique_ptr<NatsAnnouncementStream> stream(new NatsAnnouncementStream);
  stream->max_age_ = settings.max_age;
  HQ_ASSIGN_OR_RETURN(stream->connection_, nats::Connection::Open(settings.login));
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = kApiWaitMs;
  options.PublishAsync.MaxPending = kPendingMax;
  options.PublishAsync.StallWait = kAckWaitMs;
  options.PublishAsync.AckHandler = &NatsAnnouncementStream::OnAck;
  options.PublishAsync.AckHandlerClosure = stream->acks_.get();
  const natsStatus status =
      natsConnection_JetStream(&stream->js_, stream->connection_->get(), &options);
  if (status != NATS_OK) return Away("no JetStream context", status, 0);
  return stream;
}

NatsAnnouncementStream::~NatsAnnouncementStream() {
  const bool is_quiet = WaitForAcks(kWindowWait);
  if (connection_) connection_->Close();
  jsCtx_Destroy(js_);
  // An answer may still be on its way into a client that does not say when it has made its last
  // callback; then the few bytes that the callback touches are given up.
  if (!is_quiet) static_cast<void>(acks_.release());
}

Result<std::optional<NatsAnnouncementStream::State>> NatsAnnouncementStream::Find() {
  jsStreamInfo* info = nullptr;
  auto code = static_cast<jsErrCode>(0);
  const natsStatus status = js_GetStreamInfo(&info, js_, kName, nullptr, &code);
  if (status == NATS_NOT_FOUND) return std::optional<State>();
  if (status != NATS_OK) return Away("no stream", status, code);
  const State state = StateOf(*info);
  jsStreamInfo_Destroy(info);
  return std::optional(state);
}

Result<NatsAnnouncementStream::State> NatsAnnouncementStream::Ensure() {
  HQ_ASSIGN_OR_RETURN(const auto found, Find());
  if (found) return *found;
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* subjects[] = {kSubjects};
  const std::int64_t max_age_ns = std::chrono::nanoseconds(max_age_).count();
  config.Name = kName;
  config.Description = "HQ OS: news of every ledger record; the truth is the ledger";
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.Storage = js_FileStorage;
  config.Replicas = 1;
  config.MaxAge = max_age_ns;
  config.Duplicates = std::min(kDuplicatesWindowNs, max_age_ns);
  config.DenyDelete = true;
  config.DenyPurge = true;
  config.AllowDirect = true;
  jsStreamInfo* info = nullptr;
  auto code = static_cast<jsErrCode>(0);
  const natsStatus status = js_AddStream(&info, js_, &config, nullptr, &code);
  if (status != NATS_OK) return Away("no stream", status, code);
  const State state = StateOf(*info);
  jsStreamInfo_Destroy(info);
  return state;
}

Result<std::optional<std::string>> NatsAnnouncementStream::PayloadAt(std::uint64_t sequence) {
  natsMsg* message = nullptr;
  auto code = static_cast<jsErrCode>(0);
  const natsStatus status = js_GetMsg(&message, js_, kName, sequence, nullptr, &code);
  if (status == NATS_NOT_FOUND) return std::optional<std::string>();
  if (status != NATS_OK) return Away("no message", status, code);
  const char* data = natsMsg_GetData(message);
  const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(message));
  std::optional<std::string> payload(data ? std::string(data, size) : std::string());
  natsMsg_Destroy(message);
  return payload;
}

// The expected sequences of a window count on from one that the server reported.
Result<std::uint64_t> NatsAnnouncementStream::Publish(
    const std::vector<Announcement>& announcements, std::uint64_t last_sequence) {
  {
    std::lock_guard lock(acks_->mutex);
    acks_->error.clear();
    acks_->last_sequence = 0;
  }
  std::uint64_t expected = last_sequence;
  Status sent;
  for (const auto& announcement : announcements) {
    sent = Send(announcement, expected++);
    if (!sent.ok()) break;
  }
  // The library sends what it has gathered a millisecond later, unless it is asked to; whether this
  // is answered does not matter, for the acknowledgements are waited for anyway.
  static_cast<void>(natsConnection_FlushTimeout(connection_->get(), kAckWaitMs));
  fault::Point("ledger.announce.ack.before");
  const bool is_answered = WaitForAcks(kWindowWait);
  HQ_RETURN_IF_ERROR(sent);
  std::lock_guard lock(acks_->mutex);
  if (!is_answered) return absl::UnavailableError("announcements: no answer");
  if (!acks_->error.empty()) return absl::UnavailableError("announcements: " + acks_->error);
  if (acks_->last_sequence != expected)
    return absl::UnavailableError("announcements: stored elsewhere than expected");
  return acks_->last_sequence;
}

Status NatsAnnouncementStream::Send(const Announcement& announcement,
                                    std::uint64_t expected_sequence) {
  natsMsg* message = nullptr;
  natsStatus status =
      natsMsg_Create(&message, announcement.subject.c_str(), nullptr, announcement.payload.data(),
                     static_cast<int>(announcement.payload.size()));
  for (const auto& [name, value] : announcement.headers)
    if (status == NATS_OK) status = natsMsgHeader_Set(message, name.c_str(), value.c_str());
  // Set by hand: the library leaves it out when it is 0, and an empty stream is just what must be
  // expected then.
  const std::string expected = std::to_string(expected_sequence);
  if (status == NATS_OK)
    status = natsMsgHeader_Set(message, "Nats-Expected-Last-Sequence", expected.c_str());
  if (status == NATS_OK) status = natsMsgHeader_Set(message, "Nats-Expected-Stream", kName);
  if (status == NATS_OK) {
    {
      std::lock_guard lock(acks_->mutex);
      ++acks_->pending;
    }
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = kAckWaitMs;
    status = js_PublishMsgAsync(js_, &message, &options);
    if (status != NATS_OK) {  // Then no answer will come.
      std::lock_guard lock(acks_->mutex);
      --acks_->pending;
    }
  }
  natsMsg_Destroy(message);  // Null if the library took it.
  if (status == NATS_OK) return absl::OkStatus();
  return Away("not sent", status, 0);
}

bool NatsAnnouncementStream::WaitForAcks(std::chrono::milliseconds timeout) {
  std::unique_lock lock(acks_->mutex);
  return acks_->changed.wait_for(lock, timeout, [this] { return acks_->pending == 0; });
}

// Called from the client's thread, which owns nothing here but the message.
void NatsAnnouncementStream::OnAck(jsCtx*, natsMsg* message, jsPubAck* ack, jsPubAckErr* error,
                                   void* closure) {
  natsMsg_Destroy(message);
  auto* acks = static_cast<Acks*>(closure);
  std::lock_guard lock(acks->mutex);
  if (error && acks->error.empty())
    acks->error = std::string(error->ErrText ? error->ErrText : natsStatus_GetText(error->Err)) +
                  " (" + std::to_string(error->ErrCode) + ")";
  if (ack) acks->last_sequence = std::max(acks->last_sequence, ack->Sequence);
  if (--acks->pending == 0) acks->changed.notify_all();
}

}  // namespace hq::ledger
