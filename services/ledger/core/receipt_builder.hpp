// Works receipts out of records again: what the ledger answered to a command is written all over
// what the command appended.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {

class ReceiptBuilder {
 public:
  using Keyed = std::pair<std::string, v1::CommandReceipt>;  // By the key of core/keys.

  // Whether the record belongs to the command of the record before it.
  bool Continues(const v1::Record& record) const;

  // Takes the next record. Finish a command before the first record that does not continue it.
  void Add(const v1::Record& record);

  // The receipt of the command that was read, if there is one.
  std::optional<Keyed> Finish();

 private:
  std::string key_;  // Empty: none.
  v1::CommandReceipt receipt_;
};

}  // namespace hq::ledger
