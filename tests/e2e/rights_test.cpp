// The rights walk: every method that the five services show by reflection, called by every role
// and by nobody, against the literal table in rights_table.hpp.
#include <gtest/gtest.h>

#include "hq/billing/v1/billing_service.pb.h"
#include "hq/decision/v1/decision_service.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/notify/v1/notify_service.pb.h"
#include "tests/e2e/rights_caller.hpp"
#include "tests/e2e/rights_table.hpp"
#include "tests/e2e/standing_house.hpp"

namespace hq::testing {
namespace {

using Answer = RightsCaller::Answer;
using grpc::StatusCode;

constexpr std::chrono::seconds kCallPatience(60);
constexpr std::chrono::seconds kStreamPatience(1);  // With a subscription that is let in.

const std::vector<std::string> kServices{"ledger", "decision", "sync", "billing", "notify"};

// Who calls, and the role of that principal.
const std::map<std::string, std::string> kCallers{
    {"ann", "hq_admin"},          {"hana", "branch_owner"}, {"llm-koosy", "llm"},
    {"worker-1", "worker"},       {"sync", "service"},      {"auditor", "auditor"},
    {"accountant", "accountant"}, {"oncall", "on_call"},    {"ci", "ci"}};

// Who is let in stays until the own deadline.
bool IsSubscription(const std::string& method) {
  return method.ends_with("/Subscribe") || method.ends_with("/WatchRollout");
}

// An empty request may well be refused for what it lacks, but not for who sent it.
void ExpectLetIn(const std::string& method, const Answer& answer) {
  const StatusCode code = answer.status.error_code();
  if (!IsSubscription(method)) {
    EXPECT_NE(code, StatusCode::DEADLINE_EXCEEDED) << answer.status.error_message();
  }
  EXPECT_NE(code, StatusCode::UNAUTHENTICATED) << answer.status.error_message();
  EXPECT_NE(code, StatusCode::PERMISSION_DENIED) << answer.status.error_message();
  EXPECT_NE(code, StatusCode::UNIMPLEMENTED) << answer.status.error_message();
  EXPECT_NE(code, StatusCode::UNAVAILABLE) << answer.status.error_message();
  EXPECT_NE(code, StatusCode::UNKNOWN) << answer.status.error_message();
  EXPECT_NE(code, StatusCode::INTERNAL) << answer.status.error_message();
}

class Rights : public StandingHouse {
 protected:
  // The same question about the own cell, which is answered, and about another's.
  template <typename Request>
  static void ExpectOwnCellOnly(const std::string& service, const std::string& method) {
    SCOPED_TRACE(method);
    Request request;
    request.set_branch("koosy");
    const Answer own = Call(service, "hana", method, request);
    EXPECT_TRUE(own.status.ok()) << own.status.error_message();
    request.set_branch("bari");
    const Answer other = Call(service, "hana", method, request);
    ExpectRefused(other, StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(other.status.error_message().find("bari"), std::string::npos);
    EXPECT_EQ(other.status.error_details().find("bari"), std::string::npos);
  }
};

void Walk(RightsCaller& caller, const std::string& method, const std::set<std::string>& allowed,
          const std::map<std::string, std::string>& tokens) {
  SCOPED_TRACE(method);
  ExpectRefused(caller.Call(method, ""), StatusCode::UNAUTHENTICATED);
  ExpectRefused(caller.Call(method, "a token that nobody has"), StatusCode::UNAUTHENTICATED);
  for (const auto& [principal, role] : kCallers) {
    SCOPED_TRACE("as " + principal + ", " + role);
    const bool is_allowed = allowed.contains(role);
    const auto patience = is_allowed && IsSubscription(method) ? kStreamPatience : kCallPatience;
    const Answer answer = caller.Call(method, tokens.at(principal), "", patience);
    if (is_allowed)
      ExpectLetIn(method, answer);
    else
      ExpectRefused(answer, StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(Rights, EveryMethodLetsInTheRolesOfTheTableAndNobodyElse) {
  RightsTable table = ExpectedRights();
  std::map<std::string, std::string> tokens;
  for (const auto& [principal, role] : kCallers) tokens[principal] = TokenOf(principal);
  for (const std::string& name : kServices) {
    RightsCaller caller = To(name);
    for (const std::string& service : caller.Services()) {
      if (service.starts_with("grpc.")) continue;  // Open to all; OpenToAll names them.
      const std::set<std::string> methods = caller.MethodsOf(service);
      EXPECT_FALSE(methods.empty()) << service;
      for (const std::string& method : methods) {
        const auto row = table.extract(method);
        if (row.empty()) {
          ADD_FAILURE() << method << " is not in the table";
          continue;
        }
        Walk(caller, method, row.mapped(), tokens);
      }
    }
  }
  for (const auto& row : table) ADD_FAILURE() << row.first << " is in the table and in no service";
  EXPECT_TRUE(house_->Fallen().empty());
}

TEST_F(Rights, OpenToAllAreHealthAndReflectionAlone) {
  const std::string health = "grpc.health.v1.Health";
  const std::string reflection = "grpc.reflection.v1alpha.ServerReflection";
  for (const std::string& name : kServices) {
    SCOPED_TRACE(name);
    RightsCaller caller = To(name);
    std::set<std::string> open;
    for (const std::string& service : caller.Services())
      if (service.starts_with("grpc.")) open.insert(service);
    open.insert(health);  // The library's own health service need not be listed.
    EXPECT_EQ(open, (std::set<std::string>{health, reflection}));
    EXPECT_EQ(caller.MethodsOf(health),
              (std::set<std::string>{health + "/Check", health + "/Watch"}));
    const Answer check = caller.Call(health + "/Check", "");
    EXPECT_TRUE(check.status.ok()) << check.status.error_message();
  }
}

TEST_F(Rights, OwnersSeeTheirOwnCellOnly) {
  ExpectOwnCellOnly<billing::v1::GetUsageRequest>("billing",
                                                  "hq.billing.v1.BillingService/GetUsage");
  ExpectOwnCellOnly<decision::v1::ListCellsRequest>("decision",
                                                    "hq.decision.v1.DecisionService/ListCells");
  ExpectOwnCellOnly<ledger::v1::ReadRequest>("ledger", "hq.ledger.v1.LedgerService/Read");
  ExpectOwnCellOnly<notify::v1::ListDeliveriesRequest>("notify",
                                                       "hq.notify.v1.NotifyService/ListDeliveries");
}

TEST_F(Rights, TheLlmAppendsPlainEntriesOfItsOwnCellOnly) {
  const auto append = [](const std::string& cell, const std::string& event) {
    ledger::v1::AppendRequest request;
    auto* to = request.add_appends();
    to->set_stream("entry-" + cell);
    to->add_events()->set_event(event);
    to->mutable_events(0)->set_branch(cell);
    to->mutable_events(0)->set_status("success");
    request.set_command_id("rights-" + cell + "-" + event);
    return Call("ledger", "llm-koosy", "hq.ledger.v1.LedgerService/Append", request);
  };
  const Answer own = append("koosy", "llm_generate");
  EXPECT_TRUE(own.status.ok()) << own.status.error_message();
  ExpectRefused(append("koosy", "kill_switch_released"), StatusCode::PERMISSION_DENIED);
  ExpectRefused(append("bari", "llm_generate"), StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace hq::testing
