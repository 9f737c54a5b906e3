#include "tests/simulation/simulated_files.hpp"

#include <random>
#include <string_view>

namespace hq::testing {
namespace {

// The top bit of how many restarts a block has, where it has one. RocksDB looks at that of a
// table's properties before it verifies them, and as Debian builds it an assertion ends the
// process: what a ledger does then, over and over, is not this simulation's to say.
bool EndsRocksDb(const std::string& bytes, std::size_t at, unsigned bit) {
  constexpr std::string_view kOneRestart("\0\0\0\0\1\0\0\0", 8);
  return bit == 0x80 && at >= 7 && std::string_view(bytes).substr(at - 7, 8) == kOneRestart;
}

}  // namespace

SimulatedDisk::Files::FilePtr SimulatedDisk::Files::Find(const std::string& path) const {
  const auto it = names_.find(path);
  return it == names_.end() ? nullptr : it->second;
}

SimulatedDisk::Files::FilePtr SimulatedDisk::Files::Create(const std::string& path) {
  auto file = std::make_shared<File>();
  Change({"", path, file});
  return file;
}

bool SimulatedDisk::Files::Remove(const std::string& path) {
  if (!Find(path)) return false;
  Change({path, "", nullptr});
  return true;
}

bool SimulatedDisk::Files::Rename(const std::string& from, const std::string& to) {
  const FilePtr file = Find(from);
  if (!file) return false;
  Change({from, to, file});
  return true;
}

std::vector<std::string> SimulatedDisk::Files::ChildrenOf(const std::string& path) const {
  const std::string prefix = path + "/";
  std::vector<std::string> children;
  for (const auto& [name, file] : names_) {
    const bool is_child = name.starts_with(prefix) && name.find('/', prefix.size()) == name.npos;
    if (is_child) children.push_back(name.substr(prefix.size()));
  }
  return children;
}

void SimulatedDisk::Files::Change(NameChange change) {
  Apply(names_, change);
  unsynced_names_.push_back(std::move(change));
}

void SimulatedDisk::Files::Apply(Names& names, const NameChange& change) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.made.empty()) names[change.made] = change.file;
}

bool SimulatedDisk::Files::Sync(const std::string& path, File& file) {
  const std::size_t before = file.synced;
  switch (FaultAt(path)) {
    case DiskFault::kNone:
      break;
    case DiskFault::kPowerLostBefore:
      survivor_ = AfterPowerLoss(armed_luck_);
      break;
    case DiskFault::kPowerLostAfter:
      file.synced = file.bytes.size();
      survivor_ = AfterPowerLoss(armed_luck_);
      break;
    case DiskFault::kKilledBefore:
      survivor_ = AfterKill();
      break;
    case DiskFault::kErrorAndPresent:
      file.synced = file.bytes.size();  // The pages are clean now, as the kernel has it.
      file.doubtful.emplace_back(before, file.synced);
      survivor_ = AfterKill();
      return false;
    case DiskFault::kErrorAndGone:
      file.bytes.resize(before);
      survivor_ = AfterKill();
      return false;
  }
  file.synced = file.bytes.size();
  return true;
}

// One journal for all directories, as ext4 has it.
void SimulatedDisk::Files::SyncNames(const std::string& path) {
  const DiskFault fault = FaultAt(path);
  if (fault == DiskFault::kPowerLostBefore) survivor_ = AfterPowerLoss(armed_luck_);
  if (fault == DiskFault::kKilledBefore) survivor_ = AfterKill();
  durable_names_ = names_;
  unsynced_names_.clear();
  const bool is_lost_behind = fault != DiskFault::kNone && !survivor_;
  if (is_lost_behind) survivor_ = AfterPowerLoss(armed_luck_);
}

void SimulatedDisk::Files::Arm(DiskFault fault, std::string within, unsigned after,
                               std::uint64_t luck) {
  armed_ = fault;
  armed_within_ = std::move(within);
  armed_after_ = after;
  armed_luck_ = luck;
}

DiskFault SimulatedDisk::Files::FaultAt(const std::string& path) {
  const bool is_meant = armed_ != DiskFault::kNone && !survivor_ && path.starts_with(armed_within_);
  if (!is_meant) return DiskFault::kNone;
  if (armed_after_ > 0) {
    --armed_after_;
    return DiskFault::kNone;
  }
  return std::exchange(armed_, DiskFault::kNone);
}

std::shared_ptr<SimulatedDisk::Files> SimulatedDisk::Files::AfterKill() const {
  if (survivor_) return survivor_;
  auto after = std::make_shared<Files>();
  std::map<const File*, FilePtr> copies;  // A file may have a durable name and another one.
  const auto copied = [&copies](const FilePtr& file) -> FilePtr {
    if (!file) return nullptr;
    FilePtr& copy = copies[file.get()];
    if (!copy) copy = std::make_shared<File>(*file);
    return copy;
  };
  after->directories_ = directories_;
  for (const auto& [name, file] : names_) after->names_[name] = copied(file);
  for (const auto& [name, file] : durable_names_) after->durable_names_[name] = copied(file);
  for (const NameChange& change : unsynced_names_)
    after->unsynced_names_.push_back({change.removed, change.made, copied(change.file)});
  return after;
}

std::shared_ptr<SimulatedDisk::Files> SimulatedDisk::Files::AfterPowerLoss(
    std::uint64_t luck) const {
  if (survivor_) return survivor_;
  std::mt19937_64 random(luck);
  Names names = durable_names_;
  const std::size_t kept = random() % (unsynced_names_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) Apply(names, unsynced_names_[i]);
  auto after = std::make_shared<Files>();
  after->directories_ = directories_;
  for (const auto& [name, file] : names) {
    auto copy = std::make_shared<File>(*file);
    for (const auto& [begin, end] : copy->doubtful)
      copy->bytes.replace(begin, end - begin, end - begin, '\0');
    copy->doubtful.clear();
    const std::size_t unsynced = copy->bytes.size() - copy->synced;
    const bool is_torn = unsynced > 0 && random() % 2 == 0;
    copy->bytes.resize(copy->synced + (is_torn ? random() % (unsynced + 1) : 0));
    copy->synced = copy->bytes.size();
    after->names_[name] = std::move(copy);
  }
  after->durable_names_ = after->names_;
  return after;
}

std::string SimulatedDisk::Files::FlipBit(const std::string& within, std::uint64_t luck) {
  std::mt19937_64 random(luck);
  std::vector<std::string> candidates;
  for (const auto& [name, file] : names_)
    if (name.starts_with(within) && !file->bytes.empty()) candidates.push_back(name);
  if (candidates.empty()) return "";
  const std::string& name = candidates[random() % candidates.size()];
  std::string& bytes = names_[name]->bytes;
  const std::size_t at = random() % bytes.size();
  const unsigned bit = 1U << (random() % 8);
  if (EndsRocksDb(bytes, at, bit)) return "";
  bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(bit));
  return name;
}

}  // namespace hq::testing
