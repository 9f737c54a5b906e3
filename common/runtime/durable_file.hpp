// Small files that must survive a crash: written so that it leaves the old content or the new one,
// never a mixture, and read whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace hq::runtime {

// Creates the folders above it; the file's owner alone may read it. On the disk when it returns OK.
// kUnavailable if the disk refuses. Two writers of the same path must exclude each other.
Status WriteDurably(const std::filesystem::path& path, const std::string& content);

// kNotFound if there is no such file; kDataLoss if it has more than `bytes_max`; kUnavailable if it
// cannot be read.
Result<std::string> ReadWhole(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace hq::runtime
