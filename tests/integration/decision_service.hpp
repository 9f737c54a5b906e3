// Decision through its real gRPC door, over a real ledger: what its integration tests share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "services/decision/api/decision_api.hpp"
#include "tests/support/running_views.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::decision {

// An entry of branches.json; `more` goes before its closing brace.
inline std::string Cell(const std::string& id, const std::string& tier,
                        const std::string& more = "") {
  return R"({"id": ")" + id + R"(", "repo": "dtslib/)" + id + R"(", "domain": ")" + id +
         R"(.dtslib.com", "visibility": "public", "tier": ")" + tier + "\"" + more + "}";
}

// The file.
inline std::string Fleet(const std::vector<std::string>& cells) {
  std::string list;
  for (const auto& cell : cells) list += (list.empty() ? "" : ",") + cell;
  return R"({"branches": [)" + list + "]}";
}

// ann and bob are admins, so a second person is needed.
inline rpc::Principals TwoAdmins() {
  const std::string head = R"({"principals":[)";
  const std::string bob = R"({"principal":"bob","role":"hq_admin","cells":[],"token_sha256":")" +
                          Hex(Sha256(testing::TokenOf("bob"))) + R"("},)";
  return *rpc::Principals::Parse("principals.json",
                                 head + bob + testing::PrincipalsJson().substr(head.size()));
}

class DecisionService : public ::testing::Test {
 protected:
  using Stub = v1::DecisionService::Stub;

  // One call with that principal's token.
  template <class Request, class Response>
  Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, Response* response, const std::string& principal = "ann",
              const std::string& command_id = "") {
    grpc::ClientContext context;
    CommandMeta meta;
    meta.command_id = command_id;
    rpc::PrepareCommand(context, testing::TokenOf(principal), std::chrono::seconds(30), meta);
    return rpc::FromGrpc((stub_.get()->*method)(&context, request, response));
  }

  Status Apply(const std::string& path, const std::string& content, v1::ApplyFileResponse* response,
               bool dry_run = false, const std::string& principal = "ann") {
    v1::ApplyFileRequest request;
    request.set_path(path);
    request.set_content(content);
    request.set_dry_run(dry_run);
    response->Clear();
    return Call(&Stub::ApplyFile, request, response, principal);
  }

  void ApplyFleet(const std::vector<std::string>& cells) {
    v1::ApplyFileResponse response;
    const Status status = Apply("registry/branches.json", Fleet(cells), &response);
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_TRUE(running_.runner.WaitFor(response.position()).ok());
  }

  // An event of another service; the position after it.
  Position Append(const std::string& principal, const std::string& stream,
                  const std::string& branch, const google::protobuf::Message& event) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream(stream);
    auto* added = append->add_events();
    added->set_branch(branch);
    added->set_event(EventNameOf(event));
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    ledger::v1::EffectEvent effect;
    if (added->data().UnpackTo(&effect))
      for (const auto& fence : effect.effect_attempted().fences()) {
        auto* condition = request.add_conditions();
        condition->set_stream(fence.stream());
        condition->set_version(fence.version());
      }
    const auto appended = ledger_.ClientOf(principal)->Append(request);
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.ok() ? appended->receipt().last_position() : 0;
  }

  // A started rollout of r-1, which a canary has verified.
  Position VerifiedRollout() {
    using testing::Text;
    Append("sync", "release-r-1", "hq",
           Text<sync::v1::ReleaseEvent>(R"(release_created { release_id: "r-1" })"));
    Append("sync", "rollout-7f", "hq",
           Text<sync::v1::RolloutEvent>(R"(rollout_planned { release_id: "r-1" })"));
    Append("sync", "rollout-7f", "hq", Text<sync::v1::RolloutEvent>("rollout_started {}"));
    return Append("sync", "cell_rollout-7f.papafly", "papafly",
                  Text<sync::v1::CellRolloutEvent>(
                      R"(health_verified { release_id: "r-1" tier: "canary" })"));
  }

  v1::AuthorizeResponse Authorize(v1::Action action, Position least) {
    v1::AuthorizeRequest request;
    request.set_action(action);
    request.set_branch("koosy");
    request.set_release_id("r-1");
    request.set_rollout_id("7f");
    request.set_min_position(least);
    v1::AuthorizeResponse response;
    const Status status = Call(&Stub::Authorize, request, &response, "sync");
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  Status Activate(const std::string& scope, v1::ActivateKillSwitchResponse* response) {
    v1::ActivateKillSwitchRequest request;
    request.set_scope(scope);
    request.set_reason("fire");
    return Call(&Stub::ActivateKillSwitch, request, response);
  }

  Position HeadPosition() {
    const auto head = log_->Head();
    EXPECT_TRUE(head.ok()) << head.status();
    return head.ok() ? head->head().position() : 0;
  }

  SystemClock clock_;
  testing::TestLedger ledger_{clock_};
  std::unique_ptr<EventLog> log_ = ledger_.ClientOf("decision");
  testing::RunningViews<AllViews> running_{*log_};
  const rpc::Principals principals_ = TwoAdmins();
  runtime::Metrics metrics_;
  rpc::Door door_{principals_, clock_, metrics_};
  DecisionApi api_{*log_, running_.views, running_.runner, principals_, door_};
  std::unique_ptr<rpc::Server> server_ =
      *rpc::Server::Start("127.0.0.1:0", {&api_}, [] { return true; });
  std::jthread serving_{[this](std::stop_token stop) { server_->Run(stop); }};
  std::unique_ptr<Stub> stub_ =
      v1::DecisionService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(server_->port())));
};

}  // namespace hq::decision
