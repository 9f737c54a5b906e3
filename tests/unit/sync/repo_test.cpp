#include "services/sync/core/repo.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hq::sync {
namespace {

struct Spelling {
  std::string text;
  std::string base;
  std::string clone_url;
};

TEST(SyncRepo, EverySpellingHasAUrlAndAName) {
  const std::string forge = "http://127.0.0.1:23456/";
  const std::vector<Spelling> spellings = {
      {"dtslib/koosy", "https://github.com", "https://github.com/dtslib/koosy.git"},
      {"github.com/dtslib/koosy", "https://github.com", "https://github.com/dtslib/koosy.git"},
      {"GitHub.com/dtslib/koosy", forge, "http://127.0.0.1:23456/dtslib/koosy.git"},
      {"dtslib/koosy.git", forge, "http://127.0.0.1:23456/dtslib/koosy.git"},
      {"git.example.org/dtslib/koosy", "https://github.com",
       "https://git.example.org/dtslib/koosy.git"},
      {"Git.Example.org/dtslib/koosy", "http://git.example.org",
       "http://git.example.org/dtslib/koosy.git"},
      {"https://git.example.org/x/dtslib/koosy.git", forge,
       "https://git.example.org/x/dtslib/koosy.git"},
      {"git@github.com:dtslib/koosy.git", forge, "http://127.0.0.1:23456/dtslib/koosy.git"},
      {"http://127.0.0.1:80/dtslib/koosy", forge, "http://127.0.0.1:80/dtslib/koosy"},
      {"/srv/dtslib/koosy.git", forge, "/srv/dtslib/koosy.git"},
      {"dtslib/koosy", "/srv/repos", "/srv/repos/dtslib/koosy.git"},
  };
  for (const auto& spelling : spellings) {
    const auto repo = ResolveRepo(spelling.text, spelling.base);
    ASSERT_TRUE(repo.ok()) << spelling.text << ": " << repo.status();
    EXPECT_EQ(repo->clone_url, spelling.clone_url) << spelling.text;
    EXPECT_EQ(repo->name.owner, "dtslib") << spelling.text;
    EXPECT_EQ(repo->name.name, "koosy") << spelling.text;
  }
}

TEST(SyncRepo, WhatIsNoRepositoryIsRefused) {
  for (const std::string text :
       {"", "koosy", "https://token@github.com/a/b", "ext::sh -c id/a/b", "file:///srv/a/b"})
    EXPECT_EQ(ResolveRepo(text, "https://github.com").status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
}

}  // namespace
}  // namespace hq::sync
