// Posting lists: what is decoded rises, is bounded, and encodes to itself.
#include "common/base/check.hpp"
#include "services/ledger/core/posting_list.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {

bool IndexRows(std::string_view bytes) {
  const std::uint64_t count = ledger::CountPostings(bytes);
  HQ_CHECK(count <= ledger::kPostingsMax, "a count is bounded");
  const auto positions = ledger::DecodePostings(bytes);
  if (!positions) return false;
  HQ_CHECK(!positions->empty() && positions->size() == count, "a list has as many as it says");
  Position before = 0;
  for (const Position position : *positions) {
    HQ_CHECK(position > before, "positions rise");
    before = position;
  }
  const std::string encoded = ledger::EncodePostings(*positions);
  HQ_CHECK(encoded.size() <= bytes.size(), "no shorter spelling was missed");
  HQ_CHECK(ledger::DecodePostings(encoded) == positions, "encoded and decoded it is the same");
  return true;
}

}  // namespace hq::fuzz
