// TXN-YYYYMMDD-NNN: the UTC day a record was taken, and that day's counter. An id is never issued
// twice: the counter goes on from the last record's id, and recorded times only rise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hq::ledger {

struct TxnId {
  std::string day;            // YYYYMMDD.
  std::uint64_t counter = 0;  // 1, 2, 3 … in that day.

  bool operator==(const TxnId&) const = default;
};

// At least three digits of counter.
std::string FormatTxnId(const TxnId& id);

// Nothing if the text is no such id, or is written otherwise than FormatTxnId would.
std::optional<TxnId> ParseTxnId(std::string_view text);

// The id after `last` for a record taken on `day`. An earlier day than last's is answered with
// last's day: the clock went back, ids do not.
TxnId NextTxnId(const TxnId& last, const std::string& day);

}  // namespace hq::ledger
