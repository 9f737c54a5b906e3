// hq-manifest.json: who owns which path of a release. Read strictly: what it does not understand is
// refused as a whole.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "services/sync/core/merge_report.hpp"

namespace hq::sync {

// {"paths": [{"path": "assets/**", "ownership": "hq_owned" | "merge" | "create_once"}]}
// kInvalidArgument naming the file and the JSON path.
Result<Manifest> ParseManifest(std::string_view file, std::string_view text);

// The first rule that matches the path, else kMerge.
Ownership OwnerOf(const Manifest& manifest, const std::string& path);

}  // namespace hq::sync
