// Receipts as the index keeps them: ids that follow each other are written once, by the first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hq/ledger/v1/ledger_service.pb.h"

namespace hq::ledger {

// A serialised CommandReceipt, shortened where that loses nothing: its ids rise.
std::string EncodeReceipt(v1::CommandReceipt receipt);

// The receipt as it was given. Nothing if the bytes are no receipt.
std::optional<v1::CommandReceipt> DecodeReceipt(std::string_view bytes);

}  // namespace hq::ledger
