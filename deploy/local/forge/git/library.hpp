// libgit2's start and end. One of these lives as long as anything that uses libgit2.
#pragma once

#include <git2.h>

namespace hq::forge::git {

class Library {
 public:
  Library() {
    git_libgit2_init();
    // The repositories may belong to the user who seeded them.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  }
  ~Library() { git_libgit2_shutdown(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

}  // namespace hq::forge::git
