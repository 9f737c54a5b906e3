#include "cli/franchise_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/suggestion.hpp"

namespace hq::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFileBytesMax = 1 << 20;

struct Known {
  std::string_view path;
  Owner owner;
};

// In the order of applying.
constexpr std::array kKnown = {
    Known{"billing/cost-policy.json", Owner::kBilling},
    Known{"registry/policy.json", Owner::kDecision},
    Known{"registry/branches.json", Owner::kDecision},
    Known{"sync/sync-plan.json", Owner::kSync},
    Known{"sync/conflict-policy.json", Owner::kSync},
    Known{"recovery/health-check.json", Owner::kSync},
    Known{"notifications/channels.json", Owner::kNotify},
    Known{"notifications/rules.json", Owner::kNotify},
    Known{"registry/decision-engine.json", Owner::kDecision},
    Known{"recovery/backup-policy.json", Owner::kLedger},
};

constexpr std::array<std::string_view, 6> kFolders = {"billing",  "ledger",   "notifications",
                                                      "recovery", "registry", "sync"};

std::size_t RankOf(const std::string& path) {
  const auto known = std::find_if(kKnown.begin(), kKnown.end(),
                                  [&](const Known& file) { return file.path == path; });
  return static_cast<std::size_t>(known - kKnown.begin());
}

Status UnknownFile(const std::string& path) {
  std::vector<std::string> names;
  std::string list;
  for (const auto& file : kKnown) {
    names.emplace_back(file.path);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string nearest = NearestWord(path, names);
  return Refusal(absl::StatusCode::kInvalidArgument, path + ": no service knows this file",
                 "UNKNOWN_FILE",
                 nearest.empty() ? "Known files: " + list : "Did you mean " + nearest + "?");
}

Result<FranchiseFile> ReadOne(const fs::path& file, const std::string& path) {
  FranchiseFile found;
  found.path = path;
  const bool is_schema = path.find("/schemas/") != std::string::npos;
  const std::size_t rank = RankOf(path);
  if (rank == kKnown.size() && !is_schema) return UnknownFile(path);
  found.owner = is_schema ? Owner::kNobodyYet : kKnown[rank].owner;
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || size > kFileBytesMax)
    return absl::InvalidArgumentError(path + ": larger than 1 MiB, or no file at all");
  std::ifstream stream(file, std::ios::binary);
  found.content.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream) return absl::InvalidArgumentError(path + ": cannot be read");
  return found;
}

}  // namespace

std::string NameOf(Owner owner) {
  switch (owner) {
    case Owner::kDecision:
      return "decision";
    case Owner::kSync:
      return "sync";
    case Owner::kBilling:
      return "billing";
    case Owner::kNotify:
      return "notify";
    case Owner::kLedger:
      return "ledger";
    case Owner::kNobodyYet:
      break;
  }
  return "-";
}

Result<std::vector<FranchiseFile>> ReadFranchise(const std::string& directory) {
  std::error_code error;
  fs::path root(directory);
  if (fs::is_directory(root / "hq", error)) root /= "hq";
  std::vector<FranchiseFile> files;
  for (const auto folder : kFolders) {
    if (!fs::is_directory(root / folder, error)) continue;
    fs::recursive_directory_iterator entry(root / folder, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() != ".json" || entry->is_directory(error)) continue;
      const std::string path = entry->path().lexically_relative(root).generic_string();
      HQ_ASSIGN_OR_RETURN(auto file, ReadOne(entry->path(), path));
      files.push_back(std::move(file));
    }
    if (error) return absl::InvalidArgumentError(directory + ": " + error.message());
  }
  if (files.empty())
    return Refusal(absl::StatusCode::kNotFound, "no configuration files in " + directory,
                   "NO_FILES", "Name the folder that holds registry/, sync/, billing/ and so on.");
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::pair(RankOf(a.path), a.path) < std::pair(RankOf(b.path), b.path);
  });
  return files;
}

}  // namespace hq::cli
