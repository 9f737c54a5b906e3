// A forge over the seeded franchise, with a clone of koosy to work in: what every test of the forge
// starts from.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/local/program.hpp"
#include "tests/local/rest_client.hpp"
#include "tests/local/shell.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

class ForgeTest : public ::testing::Test {
 protected:
  static constexpr char kHqToken[] = "hq-token";
  static constexpr char kOwnerToken[] = "owner-token";

  void SetUp() override;
  void TearDown() override;

  // Stops the forge and starts it again with one setting changed.
  void RestartWith(const std::string& setting, const std::string& value);

  // A REST call with HQ's token; `path` below /repos/dtslib/koosy if it does not begin with '/'.
  RestAnswer Ask(const std::string& method, const std::string& path,
                 const nlohmann::json& body = nullptr) const;
  // A site's page, without a token.
  RestAnswer Get(const std::string& path, const std::string& host = {}) const;

  // Runs `git ...` in the clone, with a token.
  ShellResult Git(const std::string& arguments, const std::string& token = kHqToken) const;

  // Makes `branch` of origin's main with `file` set to `content`, and pushes it as HQ.
  void PushTopic(const std::string& branch, const std::string& file, const std::string& content);
  // Sets a file on main as the owner.
  void PushAsOwner(const std::string& file, const std::string& content);

  // Opens a pull request from `branch` and returns its number.
  std::int64_t Open(const std::string& branch);
  // Its mergeable_state.
  std::string MergeableState(std::int64_t number) const;
  std::string HeadOf(std::int64_t number) const;

  std::string Koosy() const { return folder_ / "forge/repos/dtslib/koosy.git"; }
  std::string Clone() const { return folder_ / "clone"; }

  TempDir folder_;
  std::unique_ptr<Program> forge_;
};

}  // namespace hq::testing
