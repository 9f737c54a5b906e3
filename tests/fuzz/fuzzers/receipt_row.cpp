// Receipts as the index keeps them: bounded, and shortened without a loss.
#include "services/ledger/core/receipt_row.hpp"

#include "common/base/check.hpp"
#include "services/ledger/core/limits.hpp"
#include "services/ledger/core/txn_id.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {
namespace {

// As the ledger issues them.
bool AreRising(const ledger::v1::Receipt& receipt) {
  std::optional<ledger::TxnId> before;
  for (const std::string& text : receipt.ids()) {
    const auto id = ledger::ParseTxnId(text);
    if (!id) return false;
    const bool follows = !before || id->day > before->day ||
                         (id->day == before->day && id->counter > before->counter);
    if (!follows) return false;
    before = id;
  }
  return true;
}

}  // namespace

bool ReceiptRow(std::string_view bytes) {
  const auto receipt = ledger::DecodeReceipt(bytes);
  if (!receipt) return false;
  const auto& given = receipt->receipt();
  HQ_CHECK(static_cast<std::uint64_t>(given.ids_size()) ==
               given.last_position() - given.first_position() + 1,
           "there is an id for each record");
  HQ_CHECK(static_cast<std::size_t>(given.ids_size()) <= ledger::kEventsMax,
           "a receipt is of one append");
  if (!AreRising(given)) return false;
  const std::string encoded = ledger::EncodeReceipt(*receipt);
  const auto again = ledger::DecodeReceipt(encoded);
  HQ_CHECK(again && again->SerializeAsString() == receipt->SerializeAsString(),
           "encoded and decoded it is the same");
  return true;
}

}  // namespace hq::fuzz
