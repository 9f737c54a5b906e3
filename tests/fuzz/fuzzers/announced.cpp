// What is found in the announcement stream: whatever it is, announcing goes on at a place that the
// ledger has, behind nothing that was not announced; another ledger's news stops it.
#include "services/ledger/core/announced.hpp"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "common/base/check.hpp"
#include "services/ledger/core/announcement.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

// A ledger that was restored now and then. Its numbers are small, so that messages meet them.
struct Announcing {
  ledger::v1::Cursor head;
  std::vector<ledger::Fork> forks;
};

Announcing TakeAnnouncing(Input& input) {
  Announcing own;
  own.head.set_log_id("log");
  own.head.set_epoch(1 + input.Below(4));
  own.head.set_position(input.Below(40));
  for (std::uint64_t left = input.Below(4); left > 0; --left) {
    // A life follows an earlier one, from a position that the ledger has: so a statement is
    // written.
    const std::uint64_t epoch = 2 + input.Below(3);
    const std::uint64_t from = 1 + input.Below(epoch - 2);
    own.forks.push_back({from, epoch, input.Below(own.head.position())});
  }
  return own;
}

void CheckForeign(const Status& status, const ledger::v1::Record& record, const Announcing& own) {
  CheckRefusal(status);
  const std::string reason = AdviceOf(status).reason;
  const bool is_of_another = record.log_id() != own.head.log_id();
  HQ_CHECK(
      absl::IsFailedPrecondition(status) &&
          reason == (is_of_another ? "ANNOUNCEMENTS_OF_ANOTHER_LEDGER" : "ANNOUNCEMENTS_AHEAD"),
      "it is said whose news these are");
  HQ_CHECK(is_of_another || record.position() > own.head.position(),
           "news that the ledger has stop nothing");
}

void CheckPlace(const ledger::Announced& place, const ledger::v1::Record& record,
                const Announcing& own) {
  HQ_CHECK(record.log_id() == own.head.log_id(), "another ledger's news are no place");
  HQ_CHECK(place.position <= own.head.position(), "announcing goes on where the ledger is");
  if (place.is_to_compare) {
    HQ_CHECK(place.position == record.position(), "a record is compared with that at its position");
    return;
  }
  HQ_CHECK(record.epoch() < own.head.epoch() && place.position < record.position(),
           "only what an earlier life had more than this one was given up");
  HQ_CHECK(std::any_of(own.forks.begin(), own.forks.end(),
                       [&](const auto& fork) { return fork.restored_to == place.position; }),
           "a restore says up to where a life was kept");
}

// Any text in a header, there and back.
void CheckHeader(std::string_view text) {
  const std::string value = ledger::HeaderValue(text);
  std::string back;
  for (std::size_t i = 0; i < value.size(); ++i) {
    HQ_CHECK(value[i] > 0x20 && value[i] < 0x7f && value[i] != '"', "a header is printable ASCII");
    if (value[i] != '%') {
      back += value[i];
      continue;
    }
    HQ_CHECK(i + 2 < value.size(), "an escape is whole");
    back += absl::HexStringToBytes(value.substr(i + 1, 2));
    i += 2;
  }
  HQ_CHECK(back == text, "a header's value is read back");
}

}  // namespace

// Input: the ledger's epoch and head, its forks; then the message.
bool Announced(std::string_view bytes) {
  Input input(bytes);
  const Announcing own = TakeAnnouncing(input);
  const std::string payload(input.rest());
  CheckHeader(payload);
  const auto record = ledger::AnnouncedRecord(payload);
  if (!record) {
    const auto stored = ParseRecord(payload);
    HQ_CHECK(!stored.ok() || stored->record.log_id().empty() || stored->record.position() == 0,
             "no record of a ledger is a stray message");
    return false;
  }
  HQ_CHECK(!record->log_id().empty() && record->position() > 0, "a record has a place in a ledger");
  const auto again = ledger::AnnouncedRecord(record->SerializeAsString());
  HQ_CHECK(again && ledger::MessageIdOf(*again) == ledger::MessageIdOf(*record),
           "written and read it is the same record");
  const auto place = ledger::PlaceOf(*record, own.head, own.forks);
  if (!place.ok()) {
    CheckForeign(place.status(), *record, own);
    return false;
  }
  CheckPlace(*place, *record, own);
  return true;
}

}  // namespace hq::fuzz
