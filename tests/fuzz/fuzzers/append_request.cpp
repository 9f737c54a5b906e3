// A whole append from the wire. What is taken keeps to every bound, and each of its records fits,
// can be read back, follows the one before, and can be announced on NATS and printed.
#include <algorithm>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/announcement.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/blob_names.hpp"
#include "services/ledger/core/entry_document.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/limits.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/now.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/support/draft.hpp"

namespace hq::fuzz {
namespace {

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void CheckAnnouncement(const ledger::Link& link) {
  const auto announcement = ledger::AnnouncementOf(link.record, link.bytes);
  HQ_CHECK(announcement.subject.starts_with("hq.events.") &&
               announcement.subject.find_first_of(" *>\r\n\t") == std::string::npos,
           "a subject names one cell and one event");
  HQ_CHECK(std::count(announcement.subject.begin(), announcement.subject.end(), '.') == 3,
           "a subject has four parts");
  for (const auto& [name, value] : announcement.headers)
    HQ_CHECK(IsPlainAscii(name) && IsPlainAscii(value), "headers are printable ASCII");
  HQ_CHECK(announcement.payload == link.bytes, "the payload is the record");
}

void CheckRecord(const ledger::Link& link) {
  HQ_CHECK(link.bytes.size() <= ledger::kRecordBytesMax, "a record fits");
  const auto read = ParseRecord(link.bytes);
  HQ_CHECK(read.ok() && read->record.SerializeAsString() == link.bytes, "a record is read back");
  std::set<std::string> blobs;
  ledger::AddBlobCandidates(link.record, blobs);
  for (const std::string& sha256 : blobs) HQ_CHECK(sha256.size() == 32, "a digest has 32 bytes");
  HQ_CHECK(ledger::EntryLineOf(link.record).find('\n') == std::string::npos, "a line is one line");
  CheckAnnouncement(link);
}

}  // namespace

bool AppendRequest(std::string_view bytes) {
  ledger::v1::AppendRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  const Status status = ledger::CheckAppend(request, FromMicros(kNowUs));
  if (!status.ok()) {
    CheckRefusal(status);
    HQ_CHECK(absl::IsInvalidArgument(status), "what is malformed is an invalid argument");
    return false;
  }
  const ledger::Appender appender{"decision", "service", {}};
  if (!ledger::CompleteAppend(appender, request).ok()) return false;
  HQ_CHECK(!request.actor().empty(), "somebody acts");
  ledger::ChainHead head, follower;
  head.log_id = follower.log_id = "log";
  std::size_t events = 0;
  for (const auto& append : request.appends()) {
    HQ_CHECK(IsStreamName(append.stream()), "a stream has a stream's name");
    Version version = 0;
    for (const auto& event : append.events()) {
      const auto link = ledger::Extend(
          head, testing::DraftOf(request, append, event, ++version, appender.principal), kNowUs);
      HQ_CHECK(ledger::Follow(follower, link.bytes).ok() && follower.hash == head.hash,
               "a record follows the one before");
      CheckRecord(link);
      ++events;
    }
  }
  HQ_CHECK(events > 0 && events <= ledger::kEventsMax, "an append has 1 to 1000 events");
  return true;
}

}  // namespace hq::fuzz
