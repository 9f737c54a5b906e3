// Who may call: what the principals file must not say, and what it says of roles.
#include "common/grpc/identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/ids.hpp"
#include "common/grpc/rights.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/operations_service.pb.h"

namespace hq::rpc {
namespace {

using ::testing::HasSubstr;

// One entry of the file; the token is `token`.
std::string Entry(const std::string& principal, const std::string& role, const std::string& token,
                  const std::string& more = "") {
  return R"({"principal":")" + principal + R"(","role":")" + role + R"(","token_sha256":")" +
         Hex(Sha256(token)) + "\"" + more + "}";
}

Result<Principals> Parse(const std::string& entries) {
  return Principals::Parse("principals.json", R"({"principals":[)" + entries + "]}");
}

TEST(Principals, AreFoundByTheirTokens) {
  const auto principals = Parse(Entry("hana", "branch_owner", "secret", R"(,"cells":["koosy"])") +
                                "," + Entry("ci", "ci", "another", R"(,"cells":["*"])"));
  ASSERT_TRUE(principals.ok()) << principals.status();
  const auto hana = principals->Find("secret");
  ASSERT_TRUE(hana.has_value());
  EXPECT_TRUE(hana->MaySee("koosy"));
  EXPECT_FALSE(hana->MaySee("bari"));
  EXPECT_TRUE(principals->Find("another")->MaySee("bari"));
  EXPECT_FALSE(principals->Find("Secret").has_value());
  EXPECT_FALSE(principals->Find("").has_value());
}

// A token is changed by having two for a while; that makes no second person.
TEST(Principals, AreCountedByPersonNotByToken) {
  const auto one = Parse(Entry("ann", "hq_admin", "old") + "," + Entry("ann", "hq_admin", "new"));
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->CountRole("hq_admin"), 1U);
  const auto two = Parse(Entry("ann", "hq_admin", "a") + "," + Entry("bob", "hq_admin", "b") + "," +
                         Entry("eve", "auditor", "c"));
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->CountRole("hq_admin"), 2U);
}

TEST(Principals, RefusesAFileByThePathOfItsFault) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {Entry("ann", "king", "a"), "$.principals[0].role"},
      {Entry("hana", "branch_owner", "a"), "$.principals[0].cells"},
      {Entry("hana", "branch_owner", "a", R"(,"cells":["*"])"), "$.principals[0].cells"},
      {Entry("hana", "branch_owner", "a", R"(,"cells":["No Cell"])"), "$.principals[0].cells"},
      {Entry("ann", "hq_admin", "a", R"(,"token":"a")"), "$.principals[0].token"},
      {Entry("ann", "hq_admin", "a") + "," + Entry("bob", "hq_admin", "a"),
       "$.principals[1].token_sha256"},
      {R"({"principal":"ann","role":"hq_admin","token_sha256":"plain"})",
       "$.principals[0].token_sha256"},
  };
  for (const auto& [entries, place] : bad) {
    const auto principals = Parse(entries);
    EXPECT_EQ(principals.status().code(), absl::StatusCode::kInvalidArgument) << entries;
    EXPECT_THAT(std::string(principals.status().message()), HasSubstr("principals.json: " + place))
        << entries;
  }
}

TEST(CheckRight, SaysWhatTheCallerLacks) {
  const Caller hana{"hana", "branch_owner", {"koosy"}};
  const auto reason = [&](const google::protobuf::Message& request) {
    const Status refused = CheckRight(hana, request);
    EXPECT_TRUE(refused.ok() || absl::IsPermissionDenied(refused)) << refused;
    return AdviceOf(refused).reason;
  };
  ledger::v1::ReadRequest read;
  read.set_branch("koosy");
  EXPECT_EQ(reason(read), "");
  EXPECT_EQ(reason(ledger::v1::AppendRequest()), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(reason(ledger::v1::GetStatusRequest()), "FLEET_WIDE");
  EXPECT_EQ(reason(ledger::v1::Cursor()), "NO_SUCH_METHOD");
}

}  // namespace
}  // namespace hq::rpc
