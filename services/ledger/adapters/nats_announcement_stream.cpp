#include "services/ledger/adapters/nats_announcement_stream.hpp"

#include <algorithm>

#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::int64_t kApiWaitMs = 2'000;
constexpr std::int64_t kAckWaitMs = 2'000;  // From the last message of a window on.
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDuplicatesWindowNs = 120 * kSecondNs;

Status Away(const std::string& what, natsStatus status, int code) {
  return absl::UnavailableError("announcements: " + what + ": " + natsStatus_GetText(status) +
                                " (" + std::to_string(code) + ")");
}

// In the server's words.
Status Refused(int code) {
  const char* why = nats_GetLastError(nullptr);
  return absl::UnavailableError("announcements: refused: " + std::string(why ? why : "?") + " (" +
                                std::to_string(code) + ")");
}

NatsAnnouncementStream::State StateOf(const jsStreamInfo& info) {
  return {info.State.Msgs, info.State.FirstSeq, info.State.LastSeq};
}

}  // namespace

Result<std::unique_ptr<NatsAnnouncementStream>> NatsAnnouncementStream::Open(
    const AnnouncerSettings& settings) {
  std::unique_ptr<NatsAnnouncementStream> stream(new NatsAnnouncementStream);
  stream->max_age_ = settings.max_age;
  HQ_ASSIGN_OR_RETURN(stream->connection_,
                      nats::Connection::Open(settings.login, nats::WhenLost::kStayClosed));
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = kApiWaitMs;
  const natsStatus status =
      natsConnection_JetStream(&stream->js_, stream->connection_->get(), &options);
  if (status != NATS_OK) return Away("no JetStream context", status, 0);
  return stream;
}

NatsAnnouncementStream::~NatsAnnouncementStream() {
  if (connection_) connection_->Close();
  jsCtx_Destroy(js_);
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

// Each message expects its predecessor, by its sequence, counted on from one that the server
// reported, and by its id. So the last is stored only behind all others, and it alone is answered:
// answers cost the server and this process more than the messages do.
Result<std::uint64_t> NatsAnnouncementStream::Publish(
    const std::vector<Announcement>& announcements, std::uint64_t last_sequence) {
  std::uint64_t expected = last_sequence;
  for (const auto& announcement : announcements) {
    HQ_ASSIGN_OR_RETURN(const Message message, MessageOf(announcement, expected++));
    if (&announcement == &announcements.back()) {
      HQ_RETURN_IF_ERROR(AskToStore(*message, expected));
      break;
    }
    const natsStatus status = natsConnection_PublishMsg(connection_->get(), message.get());
    if (status != NATS_OK) return Away("not sent", status, 0);
  }
  return expected;
}

Result<NatsAnnouncementStream::Message> NatsAnnouncementStream::MessageOf(
    const Announcement& announcement, std::uint64_t expected_sequence) {
  natsMsg* made = nullptr;
  natsStatus status =
      natsMsg_Create(&made, announcement.subject.c_str(), nullptr, announcement.payload.data(),
                     static_cast<int>(announcement.payload.size()));
  Message message(made);
  for (const auto& [name, value] : announcement.headers)
    if (status == NATS_OK) status = natsMsgHeader_Set(made, name.c_str(), value.c_str());
  // Set by hand: the library leaves it out when it is 0, and an empty stream is just what must be
  // expected then.
  const std::string expected = std::to_string(expected_sequence);
  if (status == NATS_OK)
    status = natsMsgHeader_Set(made, "Nats-Expected-Last-Sequence", expected.c_str());
  if (status == NATS_OK) status = natsMsgHeader_Set(made, "Nats-Expected-Stream", kName);
  if (status != NATS_OK) return Away("not made", status, 0);
  return message;
}

Status NatsAnnouncementStream::AskToStore(natsMsg& message, std::uint64_t sequence) {
  fault::Point("ledger.announce.last.before");
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = kAckWaitMs;
  jsPubAck* ack = nullptr;
  auto code = static_cast<jsErrCode>(0);
  const natsStatus status = js_PublishMsg(&ack, js_, &message, &options, &code);
  if (status == NATS_ERR) return Refused(code);
  if (status != NATS_OK) return Away("no answer", status, code);
  const std::uint64_t stored = ack->Sequence;
  jsPubAck_Destroy(ack);
  if (stored == sequence) return absl::OkStatus();
  return absl::UnavailableError("announcements: stored elsewhere than expected");
}

}  // namespace hq::ledger
