// Every kind of bad input, sent to the running services as anybody with a token could send it: each
// is refused with its documented code, a reason, and what to do; and as a whole, so that the ledger
// is as it was.
#include <gmock/gmock.h>

#include "common/ledger_client/ledger_client.hpp"
#include "deploy/local/house/files.hpp"
#include "hq/billing/v1/billing_service.pb.h"
#include "hq/decision/v1/decision_service.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/notify/v1/notify_service.pb.h"
#include "hq/sync/v1/sync_service.pb.h"
#include "tests/e2e/standing_house.hpp"

namespace hq::testing {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

const char* const kDecision = "hq.decision.v1.DecisionService/";
const char* const kSync = "hq.sync.v1.SyncService/";
const char* const kBilling = "hq.billing.v1.BillingService/";
const char* const kNotify = "hq.notify.v1.NotifyService/";
const char* const kLedger = "hq.ledger.v1.LedgerService/";

struct BadFile {
  const char* service;
  std::string path;
  std::string content;
  std::string place;  // The JSON path that the refusal names.
  std::string reason = "MALFORMED_FILE";
};

const std::string kToken = "ghp_a1B2c3D4e5F6g7H8i9J0";

std::string Cell(const std::string& more) {
  return R"({"branches":[{"id":"nova","repo":"dtslib/nova","domain":"nova.dtslib.com",)"
         R"("visibility":"public",)" +
         more + "}]}";
}

std::vector<BadFile> BadFiles() {
  const std::string branches = "registry/branches.json";
  const std::string policy = "registry/policy.json";
  const std::string engine = "registry/decision-engine.json";
  const std::string plan = "sync/sync-plan.json";
  const std::string prices = "billing/cost-policy.json";
  const std::string channels = "notifications/channels.json";
  return {
      // Malformed.
      {"decision", branches, R"({"branches":[)", "$.branches"},
      {"sync", plan, R"({"strategy":"canary",})", "$"},
      {"billing", prices, "", "$"},
      {"notify", channels, R"({"slack":{}} {})", "$"},
      // A key that stands there twice.
      {"decision", branches, R"({"branches":[{"id":"a","id":"b"}]})", "$.branches[0].id"},
      {"sync", plan, R"({"strategy":"canary","strategy":"canary"})", "$.strategy"},
      {"billing", prices, R"({"tiers":{"standard":{"rate":1,"rate":2}}})", "$.tiers.standard.rate"},
      {"notify", channels, R"({"slack":{"ops":"env:A","ops":"env:B"}})", "$.slack.ops"},
      // A field of the wrong type.
      {"decision", branches, Cell(R"("tier":7)"), "$.branches[0].tier"},
      {"decision", engine, R"({"killSwitch":"yes"})", "$.killSwitch"},
      {"sync", plan, R"({"strategy":true})", "$.strategy"},
      {"billing", prices, R"({"tiers":{"standard":{"monthlyTokenLimit":1,"rate":"1"}}})",
       "$.tiers.standard.rate"},
      {"notify", channels, R"({"slack":{"ops":1}})", "$.slack.ops"},
      // What must not stand there.
      {"decision", branches, Cell(R"("tier":"gold")"), "$.branches[0].tier"},
      {"decision", branches, R"({"branches":[{"id":"No Cell"}]})", "$.branches[0].id"},
      {"decision", branches, Cell(R"("tier":"premium")"), "$.branches[0].tier"},  // No price.
      {"decision", engine, R"({"killSwitch":true,"maintenanceMode":{"nowhere":true}})",
       "$.maintenanceMode.nowhere"},
      {"decision", policy, R"({"rules":[]})", "$.rules", "RULE_DROPPED"},
      {"billing", prices, R"({"tiers":{"standard":{"monthlyTokenLimit":1,"rate":-1}}})",
       "$.tiers.standard.rate"},
      // Secrets.
      {"decision", branches, Cell(R"("adopt":")" + kToken + "\""), "$.branches[0].adopt"},
      {"notify", channels, R"({"slack":{"ops":"https://hooks.slack.com/services/T/B/x"}})",
       "$.slack.ops"},
  };
}

struct BadCall {
  const char* service;
  std::string method;
  std::shared_ptr<google::protobuf::Message> request;
  StatusCode code;
  std::string reason;
};

// `fill` makes an empty request a bad one.
template <class Request>
BadCall Bad(const char* service, const std::string& method, StatusCode code,
            const std::string& reason, const std::function<void(Request&)>& fill) {
  auto request = std::make_shared<Request>();
  fill(*request);
  return {service, method, request, code, reason};
}

BadCall BadEntry(const std::function<void(ledger::v1::NewEvent&)>& spoil) {
  return Bad<ledger::v1::AppendRequest>("ledger", std::string(kLedger) + "Append",
                                        StatusCode::INVALID_ARGUMENT, "INVALID_FIELD",
                                        [&](ledger::v1::AppendRequest& request) {
                                          auto* append = request.add_appends();
                                          append->set_stream("entry-koosy");
                                          for (int i = 0; i < 2; ++i) {  // The first is a good one.
                                            append->add_events()->set_branch("koosy");
                                            append->mutable_events(i)->set_event("llm_generate");
                                          }
                                          spoil(*append->mutable_events(1));
                                        });
}

std::vector<BadCall> BadCalls() {
  using namespace decision::v1;
  const std::string decision = kDecision, sync = kSync;
  const auto lock = [&](const char* branch, const char* why, StatusCode code, const char* reason) {
    return Bad<LockCellRequest>("decision", decision + "LockCell", code, reason,
                                [&](LockCellRequest& request) {
                                  request.set_branch(branch);
                                  request.set_reason(why);
                                });
  };
  return {
      lock("nowhere", "x", StatusCode::NOT_FOUND, "UNKNOWN_CELL"),
      lock("No Cell", "x", StatusCode::INVALID_ARGUMENT, "MALFORMED_CELL_ID"),
      lock("koosy", "", StatusCode::INVALID_ARGUMENT, "REASON_NEEDED"),
      Bad<ActivateKillSwitchRequest>("decision", decision + "ActivateKillSwitch",
                                     StatusCode::NOT_FOUND, "UNKNOWN_CELL",
                                     [](auto& request) {
                                       request.set_scope("nowhere");
                                       request.set_reason("x");
                                     }),
      Bad<sync::v1::PlanRolloutRequest>("sync", sync + "PlanRollout", StatusCode::NOT_FOUND,
                                        "NO_SUCH_RELEASE",
                                        [](auto& request) { request.set_release_id("r-nowhere"); }),
      Bad<sync::v1::StartRolloutRequest>(
          "sync", sync + "StartRollout", StatusCode::NOT_FOUND, "NO_SUCH_ROLLOUT",
          [](auto& request) { request.set_rollout_id("ro-nowhere"); }),
      Bad<sync::v1::RollBackRequest>("sync", sync + "RollBack", StatusCode::INVALID_ARGUMENT,
                                     "INVALID_FIELD",
                                     [](auto& request) { request.set_reason("x"); }),
      Bad<sync::v1::RollBackRequest>("sync", sync + "RollBack", StatusCode::INVALID_ARGUMENT,
                                     "REASON_NEEDED",
                                     [](auto& request) { request.set_release_id("r-nowhere"); }),
      Bad<sync::v1::CreateReleaseRequest>("sync", sync + "CreateRelease", StatusCode::NOT_FOUND,
                                          "NO_SUCH_COMMIT",
                                          [](auto& request) { request.set_ref("nowhere"); }),
      Bad<sync::v1::ListRolloutsRequest>("sync", sync + "ListRollouts",
                                         StatusCode::INVALID_ARGUMENT, "INVALID_FIELD",
                                         [](auto& request) { request.set_limit(1001); }),
      Bad<billing::v1::GetUsageRequest>("billing", std::string(kBilling) + "GetUsage",
                                        StatusCode::INVALID_ARGUMENT, "MALFORMED_REQUEST",
                                        [](auto& request) { request.set_month("2026-13"); }),
      Bad<notify::v1::ListDeliveriesRequest>("notify", std::string(kNotify) + "ListDeliveries",
                                             StatusCode::INVALID_ARGUMENT, "INVALID_FIELD",
                                             [](auto& request) { request.set_branch("No Cell"); }),
      BadEntry([](auto& event) { event.set_event("two words"); }),
      BadEntry([](auto& event) { event.set_event("a>"); }),
      BadEntry([](auto& event) { event.set_branch("No Cell"); }),
      BadEntry([](auto& event) { event.set_tokens(-1); }),
      BadEntry([](auto& event) { event.set_claimed_cost("a lot"); }),
  };
}

class BadInput : public StandingHouse {
 protected:
  // Prices for two tiers, and the franchise's cells, so that something stands that could be harmed.
  static void SetUpTestSuite() {
    StandingHouse::SetUpTestSuite();
    if (HasFatalFailure()) return;
    Apply("billing", "billing/cost-policy.json",
          R"({"tiers":{"incubation":{"monthlyTokenLimit":1,"rate":0.00002},)"
          R"("standard":{"monthlyTokenLimit":1,"rate":0.000018}}})");
    Apply("decision", "registry/branches.json",
          house::ReadFile(std::string(HQ_SOURCE_DIR) +
                          "/deploy/local/franchise/hq/registry/branches.json")
              .value_or(""));
  }

  static Answer SendFile(const std::string& service, const std::string& path,
                         const std::string& content) {
    // The five services' requests of that name are one on the wire.
    decision::v1::ApplyFileRequest request;
    request.set_path(path);
    request.set_content(content);
    const std::map<std::string, std::string> prefixes = {
        {"decision", kDecision}, {"sync", kSync}, {"billing", kBilling}, {"notify", kNotify}};
    return Call(service, "ann", prefixes.at(service) + "ApplyFile", request);
  }

  static void Apply(const std::string& service, const std::string& path,
                    const std::string& content) {
    const Answer answer = SendFile(service, path, content);
    ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  }

  // The records of those who answer: meanwhile notify tells people of what was applied before, and
  // the ledger makes its backups.
  static std::size_t CountRecords() {
    ledger::LedgerClient log(house_->AddressOf("ledger"), TokenOf("auditor"));
    const auto page = log.Read(ledger::v1::ReadRequest());
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return 0;
    return static_cast<std::size_t>(
        std::count_if(page->records.begin(), page->records.end(), [](const Recorded& one) {
          const std::string& producer = one.record.producer();
          return producer != "notify" && producer != "ledger";
        }));
  }
};

TEST_F(BadInput, FilesAreRefusedAsAWholeByTheirFault) {
  const std::size_t before = CountRecords();
  EXPECT_GT(before, 0U);
  for (const BadFile& bad : BadFiles()) {
    SCOPED_TRACE(bad.path + ": " + bad.content);
    const Answer answer = SendFile(bad.service, bad.path, bad.content);
    const auto info = ExpectRefused(answer, StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(info.reason(), bad.reason);
    EXPECT_THAT(answer.status.error_message(), HasSubstr(bad.path + ": " + bad.place));
    EXPECT_EQ(answer.status.error_message().find(kToken), std::string::npos);
    EXPECT_TRUE(info.metadata().contains("next_step"));
  }
  EXPECT_EQ(CountRecords(), before);
}

TEST_F(BadInput, CallsAreRefusedWithTheirCodeAndWhatToDo) {
  const std::size_t before = CountRecords();
  EXPECT_GT(before, 0U);
  for (const BadCall& bad : BadCalls()) {
    SCOPED_TRACE(bad.method + " {" + bad.request->ShortDebugString() + "}");
    const auto info = ExpectRefused(Call(bad.service, "ann", bad.method, *bad.request), bad.code);
    EXPECT_EQ(info.reason(), bad.reason);
    EXPECT_TRUE(info.metadata().contains("next_step"));
  }
  EXPECT_EQ(CountRecords(), before);
}

}  // namespace
}  // namespace hq::testing
