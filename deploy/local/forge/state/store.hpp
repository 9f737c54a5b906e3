// All repositories below one folder: repos/{owner}/{name}.git and state/{owner}/{name}.json. A
// repository is worked on by one request at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/clock.hpp"
#include "deploy/local/forge/state/workspace.hpp"

namespace hq::forge::state {

// Safe from any thread.
class Store {
 public:
  Store(std::filesystem::path folder, std::chrono::milliseconds deploy_delay, Clock& clock)
      : folder_(std::move(folder)), deploy_delay_(deploy_delay), clock_(clock) {}

  // Waits for the repository to be free and brings its state up to date. kNotFound if there is no
  // such repository, kDataLoss if its state cannot be read.
  Result<Workspace> Open(const std::string& owner, const std::string& name);

  // The owner of the repository called `name`; empty if there is none. If several owners have one,
  // the first in the alphabet.
  std::string OwnerOf(const std::string& name) const;

 private:
  std::filesystem::path folder_;
  std::chrono::milliseconds deploy_delay_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Workspace::Shelf>> shelves_;
};

}  // namespace hq::forge::state
