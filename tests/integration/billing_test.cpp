// Billing through its real gRPC door, over a real ledger: prices applied, entries appended by
// outsiders, usage read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/grpc/channel.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/billing/api/billing_api.hpp"
#include "tests/support/running_views.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::billing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCostPolicy[] = R"({ "tiers": {
  "incubation": { "monthlyTokenLimit": 200000, "rate": 0.00002 },
  "standard": { "monthlyTokenLimit": 1000000, "rate": 0.000018 },
  "premium": { "monthlyTokenLimit": 5000000, "rate": 0.000015 } } })";

class BillingService : public ::testing::Test {
 protected:
  using Stub = v1::BillingService::Stub;

  template <class Request, class Response>
  Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, Response* response, const std::string& principal = "ann") {
    grpc::ClientContext context;
    rpc::Prepare(context, testing::TokenOf(principal), std::chrono::seconds(30));
    return rpc::FromGrpc((stub_.get()->*method)(&context, request, response));
  }

  Status Apply(const std::string& content, v1::ApplyFileResponse* response, bool dry_run = false) {
    v1::ApplyFileRequest request;
    request.set_path("billing/cost-policy.json");
    request.set_content(content);
    request.set_dry_run(dry_run);
    response->Clear();
    return Call(&Stub::ApplyFile, request, response);
  }

  Position Append(const std::string& principal, const std::string& stream,
                  ledger::v1::NewEvent event) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream(stream);
    *append->add_events() = std::move(event);
    const auto appended = ledger_.ClientOf(principal)->Append(request);
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.ok() ? appended->receipt().last_position() : 0;
  }

  void Register(const std::string& cell, const std::string& tier) {
    const auto registered = testing::Text<decision::v1::CellEvent>(
        "cell_registered { cell { id: \"" + cell + "\" tier: \"" + tier + "\" } }");
    ledger::v1::NewEvent event;
    event.set_branch(cell);
    event.set_event("cell_registered");
    event.set_schema_version(1);
    event.mutable_data()->PackFrom(registered);
    ASSERT_TRUE(running_.runner.WaitFor(Append("decision", "cell-" + cell, event)).ok());
  }

  Position Use(const std::string& principal, const std::string& cell, std::int64_t tokens,
               const std::string& claimed) {
    ledger::v1::NewEvent event;
    event.set_branch(cell);
    event.set_event("llm_generate");
    event.set_tokens(tokens);
    event.set_claimed_cost(claimed);
    return Append(principal, "entry-" + cell, event);
  }

  v1::GetUsageResponse Usage(const std::string& principal, Position least) {
    v1::GetUsageRequest request;
    request.set_min_position(least);
    v1::GetUsageResponse response;
    const Status status = Call(&Stub::GetUsage, request, &response, principal);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  SystemClock clock_;
  testing::TestLedger ledger_{clock_};
  std::unique_ptr<EventLog> log_ = ledger_.ClientOf("billing");
  testing::RunningViews<AllViews> running_{*log_};
  const rpc::Principals principals_ =
      *rpc::Principals::Parse("principals.json", testing::PrincipalsJson());
  runtime::Metrics metrics_;
  rpc::Door door_{principals_, clock_, metrics_};
  BillingApi api_{*log_, running_.views, running_.runner, door_};
  std::unique_ptr<rpc::Server> server_ =
      *rpc::Server::Start("127.0.0.1:0", {&api_}, [] { return true; });
  std::jthread serving_{[this](std::stop_token stop) { server_->Run(stop); }};
  std::unique_ptr<Stub> stub_ =
      v1::BillingService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(server_->port())));
};

TEST_F(BillingService, AppliesPricesOnce) {
  v1::ApplyFileResponse response;
  ASSERT_TRUE(Apply(kCostPolicy, &response, true).ok());
  EXPECT_EQ(response.changes_size(), 4);
  EXPECT_EQ(response.changes(0), "tier canary: 20 USD per million tokens, 200000 tokens a month");
  EXPECT_EQ(log_->Head()->head().position(), 0u);
  ASSERT_TRUE(Apply(kCostPolicy, &response).ok());
  EXPECT_EQ(response.position(), 1u);
  ASSERT_TRUE(Apply(kCostPolicy, &response).ok());
  EXPECT_THAT(response.changes(), IsEmpty());
  EXPECT_EQ(log_->Head()->head().position(), 1u);
}

TEST_F(BillingService, RefusesWithFileAndPath) {
  v1::ApplyFileResponse response;
  const Status status = Apply(R"({"tiers": {"standard": {"monthlyTokenLimit": 1}}})", &response);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("billing/cost-policy.json: $.tiers.standard.rate"));
  EXPECT_EQ(AdviceOf(status).reason, "MALFORMED_FILE");
}

TEST_F(BillingService, KeepsAPriceForEveryTierInUse) {
  Register("koosy", "premium");
  v1::ApplyFileResponse response;
  ASSERT_TRUE(Apply(kCostPolicy, &response).ok());
  const Status status =
      Apply(R"({"tiers": {"incubation": {"monthlyTokenLimit": 1, "rate": 1}}})", &response);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("premium"));
}

TEST_F(BillingService, ShowsExactCostToThoseWhoMaySeeIt) {
  v1::ApplyFileResponse applied;
  ASSERT_TRUE(Apply(kCostPolicy, &applied).ok());
  Register("koosy", "standard");
  Register("papafly", "canary");
  Use("llm-koosy", "koosy", 1520, "0.02736");
  Use("llm-koosy", "koosy", 1840, "0.033");
  const Position last = Use("ann", "papafly", 1450, "");

  const auto all = Usage("ann", last);
  EXPECT_GE(all.position(), last);
  ASSERT_EQ(all.usage_size(), 2);
  EXPECT_EQ(all.usage(0).branch(), "koosy");
  EXPECT_EQ(all.usage(0).month(), UtcMonth(clock_.Now()));
  EXPECT_EQ(all.usage(0).tokens(), 3360);
  EXPECT_EQ(all.usage(0).cost(), "0.06048");
  EXPECT_EQ(all.usage(0).currency(), "USD");
  EXPECT_EQ(all.usage(0).monthly_token_limit(), 1'000'000);
  EXPECT_EQ(all.usage(0).mismatched_claims(), 1u);
  EXPECT_EQ(all.usage(1).cost(), "0.029");

  const auto own = Usage("owner-koosy", last);
  ASSERT_EQ(own.usage_size(), 1);
  EXPECT_EQ(own.usage(0).branch(), "koosy");
  v1::GetUsageRequest foreign;
  foreign.set_branch("papafly");
  v1::GetUsageResponse response;
  EXPECT_EQ(Call(&Stub::GetUsage, foreign, &response, "owner-koosy").code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Call(&Stub::GetUsage, v1::GetUsageRequest(), &response, "llm-koosy").code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(BillingService, RefusesMalformedQuestions) {
  v1::GetUsageResponse response;
  for (const char* month : {"2026", "2026-13", "2026-00", "2026-1", "202a-01", "2026/01"}) {
    v1::GetUsageRequest request;
    request.set_month(month);
    EXPECT_EQ(Call(&Stub::GetUsage, request, &response).code(), absl::StatusCode::kInvalidArgument)
        << month;
  }
  v1::GetUsageRequest request;
  request.set_branch("No Cell");
  EXPECT_EQ(Call(&Stub::GetUsage, request, &response).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hq::billing
