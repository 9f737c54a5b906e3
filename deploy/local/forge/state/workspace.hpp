// One repository, held by one request: its Git side and its state. What a request changes in the
// state counts only after Save.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>

#include "deploy/local/forge/git/repository.hpp"
#include "deploy/local/forge/state/repository_state.hpp"

namespace hq::forge::state {

class Workspace {
 public:
  // Where the state rests between requests.
  struct Shelf {
    std::mutex mutex;
    bool is_loaded = false;
    RepositoryState state;
  };

  Workspace(std::string owner, std::string name, std::filesystem::path path, git::Repository git,
            Shelf& shelf, std::unique_lock<std::mutex> lock)
      : owner_(std::move(owner)),
        name_(std::move(name)),
        path_(std::move(path)),
        git_(std::move(git)),
        shelf_(&shelf),
        lock_(std::move(lock)) {}

  const std::string& owner() const { return owner_; }
  const std::string& name() const { return name_; }
  std::string full_name() const { return owner_ + "/" + name_; }
  git::Repository& git() { return git_; }
  const git::Repository& git() const { return git_; }
  RepositoryState& state() { return shelf_->state; }
  const RepositoryState& state() const { return shelf_->state; }

  // On the disk when it returns OK; otherwise the changes are forgotten.
  Status Save();

 private:
  std::string owner_;
  std::string name_;
  std::filesystem::path path_;
  git::Repository git_;
  Shelf* shelf_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace hq::forge::state
