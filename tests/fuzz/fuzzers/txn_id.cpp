// TXN ids: one spelling, and the next one is always another, and larger.
#include "services/ledger/core/txn_id.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {

bool TxnId(std::string_view bytes) {
  const auto id = ledger::ParseTxnId(bytes);
  if (!id) return false;
  HQ_CHECK(ledger::FormatTxnId(*id) == bytes, "an id has one spelling");
  HQ_CHECK(id->counter > 0, "counters begin at 1");
  for (const char* day : {"00000000", "20260116", "99999999"}) {
    const ledger::TxnId next = ledger::NextTxnId(*id, day);
    HQ_CHECK(next.day > id->day || (next.day == id->day && next.counter == id->counter + 1),
             "ids rise");
  }
  return true;
}

}  // namespace hq::fuzz
