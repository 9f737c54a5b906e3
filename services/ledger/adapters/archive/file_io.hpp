// Files and their names, written so that they survive the machine.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::ledger {

// A new file, its content on disk when it returns. An existing one is overwritten. kUnavailable.
Status WriteSynced(const std::string& path, std::string_view bytes);

// What is in a directory, names included, is on disk when it returns. kUnavailable.
Status SyncDirectory(const std::string& directory);

// Makes a directory and those above it, each durable. kUnavailable.
Status MakeDirectories(const std::string& directory);

}  // namespace hq::ledger
