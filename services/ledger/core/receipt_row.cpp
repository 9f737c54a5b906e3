#include "services/ledger/core/receipt_row.hpp"

#include "services/ledger/core/limits.hpp"
#include "services/ledger/core/txn_id.hpp"

namespace hq::ledger {
namespace {

// The ids that follow each other from the first on, as many as the receipt has records.
bool AddFollowing(v1::Receipt& receipt) {
  const std::uint64_t count = receipt.last_position() - receipt.first_position() + 1;
  auto id = receipt.ids_size() == 1 ? ParseTxnId(receipt.ids(0)) : std::nullopt;
  if (!id) return false;
  for (std::uint64_t i = 1; i < count; ++i) {
    ++id->counter;
    receipt.add_ids(FormatTxnId(*id));
  }
  return true;
}

}  // namespace

std::string EncodeReceipt(v1::CommandReceipt receipt) {
  v1::Receipt& given = *receipt.mutable_receipt();
  if (given.ids_size() > 1) {
    const auto first = ParseTxnId(given.ids(0));
    const auto last = ParseTxnId(given.ids(given.ids_size() - 1));
    const auto steps = static_cast<std::uint64_t>(given.ids_size() - 1);
    if (first && last && first->day == last->day && last->counter - first->counter == steps)
      given.mutable_ids()->DeleteSubrange(1, given.ids_size() - 1);
  }
  return receipt.SerializeAsString();
}

std::optional<v1::CommandReceipt> DecodeReceipt(std::string_view bytes) {
  v1::CommandReceipt receipt;
  if (!receipt.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  v1::Receipt& given = *receipt.mutable_receipt();
  const std::uint64_t count = given.last_position() - given.first_position() + 1;
  const bool is_range =
      given.first_position() > 0 && given.last_position() >= given.first_position();
  if (!is_range || count > kEventsMax) return std::nullopt;
  if (static_cast<std::uint64_t>(given.ids_size()) == count) return receipt;
  if (!AddFollowing(given)) return std::nullopt;
  return receipt;
}

}  // namespace hq::ledger
