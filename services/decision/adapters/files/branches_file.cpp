#include "services/decision/adapters/files/branches_file.hpp"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <map>

#include "common/base/repo.hpp"
#include "common/config/strict_json.hpp"
#include "services/decision/core/inputs.hpp"

namespace hq::decision {
namespace {

using config::ObjectReader;
using config::Value;

// One append carries them all, and an append carries at most 1 000 events.
constexpr std::size_t kCellsMax = 1000;

bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// RFC 1123, lower-case.
bool IsHostname(std::string_view text) {
  constexpr std::size_t kHostnameMax = 253;
  constexpr std::size_t kLabelMax = 63;
  if (text.empty() || text.size() > kHostnameMax) return false;
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    const bool is_label = !label.empty() && label.size() <= kLabelMax && label.front() != '-' &&
                          label.back() != '-' &&
                          std::all_of(label.begin(), label.end(),
                                      [](char c) { return IsLowerOrDigit(c) || c == '-'; });
    if (!is_label) return false;
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

// Two or three numbers with dots between them, e.g. "2.1".
bool IsProtocolVersion(std::string_view text) {
  const auto dots = std::count(text.begin(), text.end(), '.');
  return text.size() <= 20 && dots >= 1 && dots <= 2 && absl::ascii_isdigit(text.front()) &&
         absl::ascii_isdigit(text.back()) && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

bool IsPrincipalId(std::string_view text) {
  return !text.empty() && text.size() <= 63 && IsLowerOrDigit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-' || c == '_' || c == '.'; });
}

// A release's id, or the plain name of the ref it was made of, e.g. "release-0".
bool IsReleaseName(std::string_view text) {
  constexpr std::size_t kNameBytesMax = 100;
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
  return is_plain && !text.empty() && text.size() <= kNameBytesMax && text[0] != '-';
}

void ReadVersion(ObjectReader& reader, std::string_view field, std::string& version) {
  version = reader.String(field, "");
  if (reader.Has(field) && (version.empty() || !IsProtocolVersion(version)))
    reader.Fault(field, "must be a version, e.g. \"2.1\"");
}

void ReadPlace(ObjectReader& reader, v1::CellEntry& entry) {
  entry.set_id(reader.String("id"));
  if (const Status status = CheckCellId(entry.id()); !status.ok())
    reader.Fault("id", std::string(status.message()));
  const auto repo = NormaliseRepo(reader.String("repo"));
  if (repo.ok()) {
    entry.set_repo(*repo);
  } else {
    reader.Fault("repo", std::string(repo.status().message()));
  }
  entry.set_domain(reader.String("domain"));
  if (!IsHostname(entry.domain())) reader.Fault("domain", "must be a host name in lower case");
  entry.set_visibility(reader.OneOf("visibility", {"public", "private", "incubation"}));
  ReadVersion(reader, "hqProtocolVersion", *entry.mutable_hq_protocol_version());
}

void ReadTerms(ObjectReader& reader, v1::CellEntry& entry) {
  const std::vector<std::string> tiers = {"canary", "incubation", "standard", "premium"};
  entry.set_tier(reader.OneOf("tier", tiers, "incubation"));
  entry.set_billing_tier(reader.OneOf("billingTier", tiers, ""));
  entry.set_owner(reader.String("owner", ""));
  if (reader.Has("owner") && !IsPrincipalId(entry.owner()))
    reader.Fault("owner", "must be a principal's id, ^[a-z0-9][a-z0-9._-]{0,62}$");
  entry.set_auto_merge_revert(reader.Bool("autoMergeRevert", true));
  if (entry.tier() == "canary" && !entry.auto_merge_revert())
    reader.Fault("autoMergeRevert", "a canary may not opt out: its reverts are always merged");
  entry.set_adopt(reader.String("adopt", ""));
  if (reader.Has("adopt") && !IsReleaseName(entry.adopt()))
    reader.Fault("adopt", "must be a release's id, or the tag or branch it was made of");
}

Result<ApplyCell> ReadCell(std::string_view file, const std::string& path, const Value& value) {
  ObjectReader reader(file, path, value);
  ApplyCell cell;
  cell.path = path;
  ReadPlace(reader, cell.entry);
  ReadTerms(reader, cell.entry);
  cell.enters_maintenance = reader.Bool("maintenanceMode", false);
  cell.retires = reader.Bool("retired", false);
  HQ_RETURN_IF_ERROR(reader.Done());
  return cell;
}

// Checked, so that a mistake is told; kept nowhere: migrations are sync's work.
Status CheckMigration(std::string_view file, const Value* value) {
  if (!value) return absl::OkStatus();
  ObjectReader reader(file, "$.migration", *value);
  std::string from;
  ReadVersion(reader, "from", from);
  const std::string script = reader.String("script");
  if (script.starts_with('/') || script.find("..") != std::string::npos)
    reader.Fault("script", "must be a path inside the HQ repository");
  reader.Integer("deprecateAfterDays", 0, 3650, 7);
  return reader.Done();
}

// What no two cells of one file may share.
class SeenOnce {
 public:
  SeenOnce(std::string_view file, std::string field) : file_(file), field_(std::move(field)) {}

  Status Add(const std::string& value, const std::string& path) {
    const auto [it, is_new] = path_of_.emplace(value, path);
    if (is_new) return absl::OkStatus();
    return config::FileFault(file_, path + "." + field_,
                             Shown(value) + " stands in " + it->second + " already");
  }

 private:
  std::string_view file_;
  std::string field_;
  std::map<std::string, std::string> path_of_;
};

Result<BranchesFile> ReadFleet(std::string_view file, const Value& root) {
  ObjectReader reader(file, "$", root);
  std::string hq_version;
  ReadVersion(reader, "hqVersion", hq_version);
  const Value* migration = reader.Object("migration", false);
  const Value* branches = reader.Array("branches", true);
  HQ_RETURN_IF_ERROR(reader.Done());
  HQ_RETURN_IF_ERROR(CheckMigration(file, migration));
  if (branches->items.size() > kCellsMax)
    return config::FileFault(file, "$.branches", "more than 1000 cells");

  BranchesFile result;
  SeenOnce ids(file, "id"), repos(file, "repo"), domains(file, "domain");
  for (std::size_t i = 0; i < branches->items.size(); ++i) {
    const std::string path = "$.branches[" + std::to_string(i) + "]";
    HQ_ASSIGN_OR_RETURN(auto cell, ReadCell(file, path, branches->items[i]));
    HQ_RETURN_IF_ERROR(ids.Add(cell.entry.id(), path));
    HQ_RETURN_IF_ERROR(repos.Add(cell.entry.repo(), path));
    HQ_RETURN_IF_ERROR(domains.Add(cell.entry.domain(), path));
    result.cells.push_back(std::move(cell));
  }
  return result;
}

}  // namespace

Result<BranchesFile> BranchesFile::Parse(std::string_view file, std::string_view text) {
  HQ_ASSIGN_OR_RETURN(const Value root, config::ParseStrict(file, text));
  const bool is_fleet = std::any_of(root.fields.begin(), root.fields.end(),
                                    [](const auto& field) { return field.name == "branches"; });
  if (is_fleet) return ReadFleet(file, root);
  HQ_ASSIGN_OR_RETURN(auto cell, ReadCell(file, "$", root));
  BranchesFile result;
  result.cells.push_back(std::move(cell));
  return result;
}

}  // namespace hq::decision
