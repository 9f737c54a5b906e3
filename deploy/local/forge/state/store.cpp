#include "deploy/local/forge/state/store.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

#include "common/runtime/durable_file.hpp"
#include "deploy/local/forge/state/refresh.hpp"

namespace hq::forge::state {
namespace {

// Names become paths, so they are checked first.
bool IsRepositoryName(const std::string& name) {
  constexpr std::size_t kLengthMax = 100;
  return !name.empty() && name.size() <= kLengthMax && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

Status Load(const std::filesystem::path& path, Workspace::Shelf* shelf) {
  shelf->state = {};
  std::ifstream file(path, std::ios::binary);
  if (file) {
    const std::string content(std::istreambuf_iterator<char>(file), {});
    const auto document = nlohmann::json::parse(content, nullptr, false);
    if (!document.is_object()) return absl::DataLossError(path.string() + " cannot be read");
    shelf->state = document.get<RepositoryState>();
  }
  shelf->is_loaded = true;
  return absl::OkStatus();
}

}  // namespace

Status Workspace::Save() {
  const nlohmann::json document = shelf_->state;
  const Status saved = runtime::WriteDurably(
      path_, document.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (!saved.ok()) shelf_->is_loaded = false;
  return saved;
}

Result<Workspace> Store::Open(const std::string& owner, const std::string& name) {
  if (!IsRepositoryName(owner) || !IsRepositoryName(name))
    return absl::NotFoundError("no such repository");
  HQ_ASSIGN_OR_RETURN(auto git, git::Repository::Open(folder_ / "repos" / owner / (name + ".git")));
  Workspace::Shelf* shelf = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& slot = shelves_[owner + "/" + name];
    if (!slot) slot = std::make_unique<Workspace::Shelf>();
    shelf = slot.get();
  }
  std::unique_lock lock(shelf->mutex);
  const auto path = folder_ / "state" / owner / (name + ".json");
  if (!shelf->is_loaded) HQ_RETURN_IF_ERROR(Load(path, shelf));
  Workspace workspace(owner, name, path, std::move(git), *shelf, std::move(lock));
  const std::int64_t now_ms = ToMicros(clock_.Now()) / 1000;
  auto is_changed = Refresh(workspace.git(), now_ms, deploy_delay_, &workspace.state());
  if (!is_changed.ok()) {
    shelf->is_loaded = false;
    return is_changed.status();
  }
  if (*is_changed) HQ_RETURN_IF_ERROR(workspace.Save());
  return workspace;
}

std::string Store::OwnerOf(const std::string& name) const {
  if (!IsRepositoryName(name)) return {};
  std::string found;
  std::error_code error;
  for (const auto& owner : std::filesystem::directory_iterator(folder_ / "repos", error)) {
    if (!std::filesystem::exists(owner.path() / (name + ".git"), error)) continue;
    const std::string candidate = owner.path().filename();
    if (found.empty() || candidate < found) found = candidate;
  }
  return found;
}

}  // namespace hq::forge::state
