// Writes a file so that a crash leaves the old content or the new one, never a mixture.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace hq::forge::state {

// Creates the folders above it. On the disk when it returns OK. kUnavailable if the disk refuses.
// Two writers of the same path must exclude each other.
Status WriteDurably(const std::filesystem::path& path, const std::string& content);

}  // namespace hq::forge::state
