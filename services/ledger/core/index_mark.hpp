// How far the index goes, and of which history: what tells, on opening, whether it may be used.
//
//   mark := part(log_id) number(position) leaf hash (32 bytes) frontier, see core/frontier
#pragma once

#include <string>
#include <string_view>

#include "common/transparency/frontier.hpp"
#include "services/ledger/core/hash_chain.hpp"

namespace hq::ledger {

struct IndexMark {
  std::string log_id;
  Position position = 0;
  std::string hash = ZeroHash();  // Of the record at that position.
  Frontier frontier;              // Of the tree over the records up to that position.

  std::string Serialize() const;

  // kDataLoss if it is not what Serialize made.
  static Result<IndexMark> Parse(std::string_view bytes);
};

}  // namespace hq::ledger
