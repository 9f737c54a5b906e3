// What a group of appends is decided on: the ledger as it is with all that was staged before.
#pragma once

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

  // The first matching position behind `after`; 0 if there is none.
  virtual Position FirstMatch(const Selection& selection, Position after) const = 0;
};

}  // namespace hq::ledger
