#include "services/decision/core/repo.hpp"

#include <gtest/gtest.h>

namespace hq::decision {
namespace {

TEST(Repo, HasOneSpelling) {
  const std::vector<std::pair<std::string, std::string>> spellings = {
      {"dtslib1979/papafly", "github.com/dtslib1979/papafly"},
      {"github.com/dtslib/koosy", "github.com/dtslib/koosy"},
      {"GitHub.com/dtslib/koosy.git", "github.com/dtslib/koosy"},
      {"git.example.org/a/b", "git.example.org/a/b"},
      {"https://git.example.org/a/b.git", "https://git.example.org/a/b.git"},
      {"http://127.0.0.1:8080/a/b.git", "http://127.0.0.1:8080/a/b.git"},
      {"ssh://git@example.org/a/b", "ssh://git@example.org/a/b"},
      {"git@example.org:a/b.git", "git@example.org:a/b.git"},
      {"/srv/cells/koosy.git", "/srv/cells/koosy.git"},
  };
  for (const auto& [written, normal] : spellings) {
    const auto repo = NormaliseRepo(written);
    ASSERT_TRUE(repo.ok()) << written << ": " << repo.status();
    EXPECT_EQ(*repo, normal);
    EXPECT_EQ(*NormaliseRepo(*repo), normal) << "normalising twice changes nothing";
  }
}

TEST(Repo, RefusesWhatIsNone) {
  for (const std::string text :
       {"", "koosy", "a/b/c/d", "localhost/a/b", "a//b", "../a", "a/..", "a b/c", "-x/y",
        "https://token@github.com/a/b", "https://u:p@github.com/a/b", "ssh://u:p@host/a",
        "ext::sh -c id", "ext://x/y", "a/b\n"})
    EXPECT_FALSE(NormaliseRepo(text).ok()) << text;
  EXPECT_FALSE(NormaliseRepo("a/" + std::string(600, 'b')).ok());
}

}  // namespace
}  // namespace hq::decision
