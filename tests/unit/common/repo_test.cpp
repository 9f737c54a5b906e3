#include "common/base/repo.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hq {
namespace {

TEST(Repo, HasOneSpelling) {
  const std::vector<std::pair<std::string, std::string>> spellings = {
      {"dtslib1979/papafly", "github.com/dtslib1979/papafly"},
      {"github.com/dtslib/koosy", "github.com/dtslib/koosy"},
      {"GitHub.com/dtslib/koosy.git", "github.com/dtslib/koosy"},
      {"https://github.com/dtslib/koosy", "github.com/dtslib/koosy"},
      {"https://github.com/dtslib/koosy.git/", "github.com/dtslib/koosy"},
      {"git@github.com:dtslib/koosy.git", "github.com/dtslib/koosy"},
      {"ssh://git@github.com/dtslib/koosy.git", "github.com/dtslib/koosy"},
      {"git.example.org/a/b", "git.example.org/a/b"},
      {"https://git.example.org/a/b.git", "git.example.org/a/b"},
      {"https://git.example.org:8443/a/b.git", "https://git.example.org:8443/a/b.git"},
      {"https://git.example.org/teams/a/b.git", "https://git.example.org/teams/a/b.git"},
      {"http://127.0.0.1:8080/a/b.git", "http://127.0.0.1:8080/a/b.git"},
      {"/srv/cells/koosy.git", "/srv/cells/koosy.git"},
  };
  for (const auto& [written, normal] : spellings) {
    const auto repo = NormaliseRepo(written);
    ASSERT_TRUE(repo.ok()) << written << ": " << repo.status();
    EXPECT_EQ(*repo, normal);
    EXPECT_EQ(*NormaliseRepo(*repo), normal) << "normalising twice changes nothing";
    EXPECT_FALSE(ForgeNameOf(*repo).owner.empty()) << "what is taken has a name on the forge";
  }
}

TEST(Repo, RefusesWhatIsNone) {
  for (const std::string text : {"",
                                 "koosy",
                                 "a/b/c/d",
                                 "localhost/a/b",
                                 "a//b",
                                 "../a",
                                 "a/..",
                                 "a b/c",
                                 "-x/y",
                                 "a/-b",
                                 "https://token@github.com/a/b",
                                 "https://u:p@github.com/a/b",
                                 "ssh://u:p@host.org/a/b",
                                 "ssh://git@host.org:2222/a/b",
                                 "ssh://git@host.org/a",
                                 "git@host.org:b.git",
                                 "host.org:a/b/c",
                                 "git://host.org/a/b",
                                 "file:///srv/a/b",
                                 "https://host.org/",
                                 "https:///a/b",
                                 "/koosy.git",
                                 "ext::sh -c id",
                                 "ext::sh/a/b",
                                 "ext://x/y",
                                 "-oProxyCommand=x:a/b",
                                 "a/b\n"})
    EXPECT_EQ(NormaliseRepo(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_FALSE(NormaliseRepo("a/" + std::string(600, 'b')).ok());
}

TEST(Repo, ANameIsTheLastTwoParts) {
  EXPECT_EQ(ForgeNameOf("https://host/x/owner/name.git/").name, "name");
  EXPECT_EQ(ForgeNameOf("https://host/x/owner/name.git/").owner, "owner");
  EXPECT_EQ(ForgeNameOf("name").owner, "");
  EXPECT_EQ(ForgeNameOf("owner/a?b").name, "");
}

}  // namespace
}  // namespace hq
