#include "services/ledger/core/receipt_builder.hpp"

#include "services/ledger/core/append.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

std::string KeyOf(const v1::Record& record) {
  if (record.command_id().empty()) return "";
  return keys::OfCommand(record.producer(), OwnerOfCommand(record), record.command_id());
}

}  // namespace

bool ReceiptBuilder::Continues(const v1::Record& record) const {
  return !key_.empty() && KeyOf(record) == key_;
}

void ReceiptBuilder::Add(const v1::Record& record) {
  key_ = KeyOf(record);
  if (key_.empty()) return;
  v1::Receipt& receipt = *receipt_.mutable_receipt();
  if (receipt.first_position() == 0) receipt.set_first_position(record.position());
  receipt.set_last_position(record.position());
  receipt.add_ids(record.id());
  const int streams = receipt.streams_size();
  if (streams == 0 || receipt.streams(streams - 1).stream() != record.stream())
    receipt.add_streams()->set_stream(record.stream());
  receipt.mutable_streams(receipt.streams_size() - 1)->set_version(record.version());
  receipt_.set_command_digest(record.command_digest());
}

std::optional<ReceiptBuilder::Keyed> ReceiptBuilder::Finish() {
  if (key_.empty()) return std::nullopt;
  Keyed complete{std::move(key_), std::move(receipt_)};
  key_.clear();
  receipt_.Clear();
  return complete;
}

}  // namespace hq::ledger
