// Small files that a house keeps: written whole or not at all, secrets readable by their owner
// alone.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"

namespace hq::house {

// Writes beside the file and renames. The mode is 0600. kUnavailable if it cannot be written.
Status WriteFile(const std::filesystem::path& path, const std::string& content);

// The content without trailing white space. kNotFound if there is no such file.
Result<std::string> ReadFile(const std::filesystem::path& path);

// kUnavailable if the directory is not there and cannot be made.
Status MakeDirectory(const std::filesystem::path& path);

}  // namespace hq::house
