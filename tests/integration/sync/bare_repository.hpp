// A real bare Git repository whose default branch a test writes commit by commit, by the git
// program itself.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/local/shell.hpp"

namespace hq::testing {

class BareRepository {
 public:
  // Made at `path` ("….git"), with a work tree beside it.
  explicit BareRepository(std::string path) : path_(std::move(path)), work_(path_ + ".work") {
    std::filesystem::create_directories(work_);
    MustShell("git init -q --bare -b main " + path_);
  }

  void Put(const std::string& file, const std::string& content) const {
    const auto target = std::filesystem::path(work_) / file;
    std::filesystem::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << content;
  }
  void Remove(const std::string& file) const {
    std::filesystem::remove_all(std::filesystem::path(work_) / file);
  }

  // Everything in the work tree, on main; the commit's name.
  std::string Commit(const std::string& message = "change") const {
    Git("add -A -f");
    Git("commit -q --allow-empty -m '" + message + "'");
    return Git("rev-parse HEAD");
  }

  std::string Git(const std::string& arguments) const {
    return MustShell("export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1; git --git-dir=" +
                     path_ + " --work-tree=" + work_ +
                     " -c user.name=owner -c user.email=owner@localhost"
                     " -c uploadpack.allowAnySHA1InWant=true " +
                     arguments);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string work_;
};

}  // namespace hq::testing
