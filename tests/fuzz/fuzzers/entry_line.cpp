// A line of ledger.jsonl: strict JSON, the whitepaper's schema, our own rules. What is taken keeps
// to every bound of an append, and leaves the ledger as the very bytes that came in.
#include "common/base/check.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/entry_document.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/limits.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/now.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/support/draft.hpp"

namespace hq::fuzz {
namespace {

// The whitepaper's days, so that its entries are not from the future.
void CheckBecomesRecord(const ledger::v1::NewEvent& entry) {
  ledger::v1::AppendRequest request;
  auto& append = *request.add_appends();
  append.set_stream("entry-" + entry.branch());
  *append.add_events() = entry;
  HQ_CHECK(ledger::CheckAppend(request, FromMicros(entry.occurred_at_us())).ok(),
           "an entry may be appended");
  ledger::ChainHead head;
  head.log_id = "log";
  const auto link = ledger::Extend(
      head, testing::DraftOf(request, append, append.events(0), 1, "ledger"), kNowUs);
  HQ_CHECK(link.bytes.size() <= ledger::kRecordBytesMax, "a record fits");
  HQ_CHECK(ledger::EntryLineOf(link.record) == entry.source_line(), "it leaves as it came");
}

}  // namespace

bool EntryLine(std::string_view bytes) {
  const auto entry = ledger::ParseEntryLine(bytes);
  // For a line that the schema was not asked about there is no promise but to end.
  const auto unchecked = ledger::ParseCheckedLine(bytes);
  if (!entry.ok()) {
    CheckRefusal(entry.status());
    const config::Fault fault = ledger::FaultOfLine(entry.status());
    HQ_CHECK(fault.path.starts_with("$") && !fault.message.empty(), "a fault has path and words");
    HQ_CHECK(IsUtf8(fault.path) && IsUtf8(fault.message), "a fault is UTF-8");
    return false;
  }
  HQ_CHECK(unchecked.ok() && unchecked->SerializeAsString() == entry->SerializeAsString(),
           "a line that passed is read the same without the schema");
  HQ_CHECK(entry->source_line() == bytes, "the line is kept");
  HQ_CHECK(!ledger::IsBlankLine(bytes), "a blank line is no entry");
  static_cast<void>(ledger::CheckEntryTime(*entry, FromMicros(kNowUs)));
  const bool is_in_reach = entry->occurred_at_us() < 9'000'000'000'000'000;  // TimePoint's years.
  if (is_in_reach) CheckBecomesRecord(*entry);
  return true;
}

}  // namespace hq::fuzz
