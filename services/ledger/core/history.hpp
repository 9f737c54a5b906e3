// What a group of appends is decided on: the ledger as it is with all that was staged before.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "services/ledger/core/selection.hpp"

namespace hq::ledger {

class History {
 public:
  virtual ~History() = default;

  // 0 if the stream does not exist.
  virtual Version VersionOf(const std::string& stream) const = 0;

  // By the key of core/keys.
  virtual std::optional<v1::CommandReceipt> ReceiptOf(const std::string& key) const = 0;

  // The first matching position behind `after`; 0 if there is none. Takes from `candidates_left`
  // one for each record that it has to look at; nothing if they do not suffice to tell.
  virtual std::optional<Position> FirstMatch(const Selection& selection, Position after,
                                             std::size_t& candidates_left) const = 0;
};

}  // namespace hq::ledger
