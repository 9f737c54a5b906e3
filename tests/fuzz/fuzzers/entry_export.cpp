// The other way round: whatever event the ledger takes, the line that it leaves as is an entry by
// the whitepaper's schema, with the same content.
#include "common/base/check.hpp"
#include "common/base/decimal.hpp"
#include "common/config/secret.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/entry_document.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/now.hpp"
#include "tests/support/draft.hpp"

namespace hq::fuzz {
namespace {

void CheckSame(const ledger::v1::Record& record, const ledger::v1::NewEvent& read) {
  HQ_CHECK(read.source_id() == record.id() && read.branch() == record.branch() &&
               read.event() == record.event() && read.status() == record.status() &&
               read.tier() == record.tier(),
           "the texts are the same");
  HQ_CHECK(read.has_tokens() == record.has_tokens() && read.tokens() == record.tokens(),
           "the tokens are the same");
  HQ_CHECK(read.occurred_at_us() == record.occurred_at_us(), "the time is the same");
  HQ_CHECK(read.claimed_cost().empty() == record.claimed_cost().empty(), "a cost stays a cost");
  if (record.claimed_cost().empty()) return;
  HQ_CHECK(*ParseNanos(read.claimed_cost()) == *ParseNanos(record.claimed_cost()),
           "the cost is the same to the last nano-unit");
}

}  // namespace

bool EntryExport(std::string_view bytes) {
  ledger::v1::NewEvent event;
  if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if (!ledger::CheckEvent("event", event, kNowUs).ok() || !event.source_line().empty())
    return false;
  ledger::v1::AppendRequest request;
  request.set_actor("ann");
  auto& append = *request.add_appends();
  append.set_stream("entry-" + event.branch());
  ledger::ChainHead head;
  head.log_id = "log";
  const auto link =
      ledger::Extend(head, testing::DraftOf(request, append, event, 1, "ledger"), kNowUs);
  const std::string line = ledger::EntryLineOf(link.record);
  const auto read = ledger::ParseEntryLine(line);
  // What looks like a token may be appended, but no document may hold it.
  for (const std::string* text : {&event.status(), &event.branch(), &event.event(), &event.tier()})
    if (!config::SecretKindOf(*text).empty()) return false;
  HQ_CHECK(read.ok(), ("what the ledger prints it reads: " + line).c_str());
  CheckSame(link.record, *read);
  return true;
}

}  // namespace hq::fuzz
