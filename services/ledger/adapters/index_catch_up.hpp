// Brings an index that was just opened to where the log ends.
#pragma once

#include <string_view>

#include "services/ledger/adapters/log_index.hpp"
#include "services/ledger/core/receipt_builder.hpp"

namespace hq::ledger {

class IndexCatchUp {
 public:
  IndexCatchUp(LogIndex& index, const RocksStore& store) : index_(index), store_(store) {}

  // kDataLoss if the log is broken behind what the index has.
  Status Run(const ChainHead& head);

 private:
  bool Fits(const IndexMark& mark, const ChainHead& head) const;
  Status RestoreTree(const IndexMark& mark);
  Status AddRecord(ChainHead& walked, std::string_view bytes);
  void FinishReceipt();
  // Writes down what was read up to there.
  void Write(const ChainHead& walked);

  LogIndex& index_;
  const RocksStore& store_;
  ReceiptBuilder receipts_;
};

}  // namespace hq::ledger
