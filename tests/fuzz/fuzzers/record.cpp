// A stored record, as it comes from a disk, an archive or a ledger that nobody has to believe: it
// follows a history or it does not, and what was followed is what was hashed.
#include "common/base/check.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/history_walk.hpp"
#include "services/ledger/core/index_fields.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool Record(std::string_view bytes) {
  const auto recorded = ParseRecord(std::string(bytes));
  const auto after = ledger::HeadAfter(bytes);
  ledger::HistoryWalk walk;
  const Status walked = walk.Take(bytes);
  if (!recorded.ok()) {
    HQ_CHECK(absl::IsDataLoss(recorded.status()), "what is no record is lost data");
    HQ_CHECK(!after.ok() && !walked.ok(), "what is no record has no place in a history");
    CheckRefusal(walked);
    return false;
  }
  HQ_CHECK(recorded->bytes == bytes, "the bytes are kept");
  HQ_CHECK(after.ok() && after->hash == LeafHash(bytes), "a head is the hash of its record");
  const ledger::IndexFields fields = ledger::FieldsOf(recorded->record);
  HQ_CHECK(fields.position == recorded->record.position(), "a record is found where it is");

  ledger::ChainHead head;
  head.log_id = recorded->record.log_id();
  const Status followed = ledger::Follow(head, bytes);
  if (!followed.ok()) {
    CheckRefusal(followed);
    HQ_CHECK(head.position == 0 && head.hash == ZeroHash(), "what does not follow changes nothing");
    return false;
  }
  HQ_CHECK(head.position == 1 && head.hash == LeafHash(bytes), "the head is behind the record");
  HQ_CHECK(recorded->record.previous_hash() == ZeroHash(), "the first has nothing before it");
  HQ_CHECK(!ledger::Follow(head, bytes).ok(), "no record follows itself");
  if (walked.ok()) HQ_CHECK(walk.head().hash == head.hash, "a walk comes to the same head");
  return true;
}

}  // namespace hq::fuzz
