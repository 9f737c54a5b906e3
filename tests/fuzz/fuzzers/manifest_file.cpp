// hq-manifest.json: who owns which path, asked of any path.
#include "services/sync/adapters/manifest_file.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool ManifestFile(std::string_view bytes) {
  const std::string file = "site/hq-manifest.json";
  const auto parsed = sync::ParseManifest(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  HQ_CHECK(parsed->rules.size() <= 1'000, "a manifest has 1000 rules at the most");
  for (const auto& rule : parsed->rules)
    HQ_CHECK(!rule.pattern.empty() && rule.pattern[0] != '/', "a pattern is relative");
  HQ_CHECK(sync::OwnerOf({}, "assets/a.css") == sync::Ownership::kMerge, "no rule: merge");
  for (const char* path : {"", "index.html", "assets/a.css", "data/2026/가.json"})
    static_cast<void>(sync::OwnerOf(*parsed, path));
  return true;
}

}  // namespace hq::fuzz
