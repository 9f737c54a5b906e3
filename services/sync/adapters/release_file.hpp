// hq-release.json: the file at a cell's root, and on its site, that names the release it carries.
#pragma once

#include <string>
#include <string_view>

namespace hq::sync {

inline constexpr char kReleaseFileName[] = "hq-release.json";

// The file's content.
std::string ReleaseFileFor(const std::string& release_id);

// The release that a file's content names: at most 100 letters, digits, '-', '_' and '.'; empty for
// anything else.
std::string ReleaseIn(std::string_view content);

}  // namespace hq::sync
