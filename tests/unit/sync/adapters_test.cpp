// The adapters' own small decisions, which need no world: ownership, the release file, refusals.
#include <gtest/gtest.h>

#include "services/sync/adapters/github_forge.hpp"
#include "services/sync/adapters/manifest_file.hpp"
#include "services/sync/adapters/release_file.hpp"

namespace hq::sync {
namespace {

TEST(ManifestFile, TheFirstRuleThatMatchesCounts) {
  const auto manifest = ParseManifest("site/hq-manifest.json", R"({"paths":[
      {"path":"assets/own.css","ownership":"create_once"},
      {"path":"assets/**","ownership":"hq_owned"},
      {"path":"*.html","ownership":"merge"}]})");
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(OwnerOf(*manifest, "assets/own.css"), Ownership::kCreateOnce);
  EXPECT_EQ(OwnerOf(*manifest, "assets/a/b.css"), Ownership::kHqOwned);
  EXPECT_EQ(OwnerOf(*manifest, "pages/a.html"), Ownership::kMerge);
  EXPECT_EQ(OwnerOf(*manifest, "README"), Ownership::kMerge);
}

TEST(ManifestFile, WhatItDoesNotUnderstandIsRefusedAsAWhole) {
  for (const std::string text :
       {"", "[]", "{}", R"({"paths":{}})", R"({"paths":[1]})", R"({"paths":[{"path":"a"}]})",
        R"({"paths":[{"path":"a","ownership":"cell"}]})",
        R"({"paths":[{"path":"","ownership":"merge"}]})",
        R"({"paths":[{"path":"/a","ownership":"merge"}]})",
        R"({"paths":[{"path":"a","ownership":"merge","x":1}]})", R"({"paths":[],"paths":[]})",
        R"({"paths":[],"more":1})"}) {
    const auto manifest = ParseManifest("site/hq-manifest.json", text);
    EXPECT_EQ(manifest.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ReleaseFile, NamesARelease) {
  EXPECT_EQ(ReleaseFileFor("r-0123456789ab"), "{\n  \"release\": \"r-0123456789ab\"\n}\n");
  EXPECT_EQ(ReleaseIn(ReleaseFileFor("r-0123456789ab")), "r-0123456789ab");
  for (const std::string text : {"", "{", "[]", "{}", R"({"release":1})", R"({"release":"a b"})",
                                 R"({"release":"../x"})", "\xff"})
    EXPECT_EQ(ReleaseIn(text), "") << text;
}

TEST(GithubForge, TellsAPassingRefusalFromALastingOne) {
  const auto code = [](const std::string& words, const std::string& state, bool is_open = true) {
    return MergeRefusal(words, state, is_open).code();
  };
  const std::string plain = "Pull Request is not mergeable";
  EXPECT_EQ(code(plain, "unknown"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(plain, "clean"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(plain, ""), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("Base branch was modified. Review and try the merge again.", "dirty"),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("Required status check \"site\" is in progress.", "blocked"),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(code(plain, "dirty"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code("Required status check \"hq/gate\" is failing.", "blocked"),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code("Merge commits are not allowed on this repository.", "clean"),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(plain, "unknown", /*is_open=*/false), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hq::sync
