#include "services/sync/adapters/manifest_file.hpp"

#include <fnmatch.h>

#include "common/config/strict_json.hpp"

namespace hq::sync {
namespace {

ManifestRule RuleIn(config::ObjectReader& reader) {
  ManifestRule rule;
  rule.pattern = reader.String("path");
  const std::string owner = reader.OneOf("ownership", {"hq_owned", "merge", "create_once"});
  if (owner == "hq_owned") rule.ownership = Ownership::kHqOwned;
  if (owner == "create_once") rule.ownership = Ownership::kCreateOnce;
  if (rule.pattern.starts_with('/'))
    reader.Fault("path", "is relative to the site: it must not begin with /");
  return rule;
}

}  // namespace

Result<Manifest> ParseManifest(std::string_view file, std::string_view text) {
  HQ_ASSIGN_OR_RETURN(const config::Value document, config::ParseStrict(file, text));
  config::ObjectReader root(file, "$", document);
  const config::Value* paths = root.Array("paths", /*is_required=*/true);
  HQ_RETURN_IF_ERROR(root.Done());
  constexpr std::size_t kRulesMax = 1000;
  if (paths->items.size() > kRulesMax)
    return config::FileFault(file, "$.paths", "has more than 1000 rules");
  Manifest manifest;
  for (std::size_t i = 0; i < paths->items.size(); ++i) {
    config::ObjectReader reader(file, "$.paths[" + std::to_string(i) + "]", paths->items[i]);
    manifest.rules.push_back(RuleIn(reader));
    HQ_RETURN_IF_ERROR(reader.Done());
  }
  return manifest;
}

Ownership OwnerOf(const Manifest& manifest, const std::string& path) {
  for (const auto& rule : manifest.rules)
    if (fnmatch(rule.pattern.c_str(), path.c_str(), 0) == 0) return rule.ownership;
  return Ownership::kMerge;
}

}  // namespace hq::sync
