// An archive in a directory, perhaps of another disk: every file is written beside its place,
// synced, and then given its name, which is synced too. What a process that was killed has left
// unfinished goes with the first file that the next one writes; should another process be writing
// just then, its Put is answered kUnavailable.
#pragma once

#include <mutex>
#include <string>

#include "services/ledger/ports.hpp"

namespace hq::ledger {

class DirectoryArchive final : public Archive {
 public:
  // An absolute path. The directory is made with the first file.
  explicit DirectoryArchive(std::string directory) : directory_(std::move(directory)) {}

  Status Put(const std::string& name, std::string_view bytes) override;
  Result<std::string> Get(const std::string& name) const override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  std::string target() const override { return "dir:" + directory_; }

 private:
  void RemoveUnfinished() const;

  const std::string directory_;
  std::once_flag tidied_;
};

}  // namespace hq::ledger
