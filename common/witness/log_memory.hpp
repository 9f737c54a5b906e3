// What a watcher of a log may never forget: by which key it believes the log, and the largest
// checkpoint that it has vouched for. The one thing of a service that cannot be rebuilt from the
// ledger.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/transparency/log_trust.hpp"

namespace hq::ledger {

// Nothing if the file is not there. kDataLoss if it is not what StoreMemory wrote; kUnavailable if
// it cannot be read.
Result<std::optional<TrustedCheckpoint>> LoadMemory(const std::string& path);

// On the disk when it returns OK. kUnavailable.
Status StoreMemory(const std::string& path, const TrustedCheckpoint& memory);

}  // namespace hq::ledger
