// Notify through its real gRPC door, over a real ledger, and its channels over real HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/grpc/channel.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/notify/adapters/slack_channel.hpp"
#include "services/notify/adapters/webhook_channel.hpp"
#include "services/notify/api/notify_api.hpp"
#include "services/notify/reactors/delivery_reactor.hpp"
#include "services/notify/views/all.hpp"
#include "tests/integration/receiver.hpp"
#include "tests/support/running_views.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::notify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Message SomeMessage(const std::string& url) {
  Message message{"delivery-1", url, {}};
  message.notice.set_event("deploy_failed");
  message.notice.set_branch("koosy");
  message.notice.set_txn_id("TXN-20260118-003");
  message.notice.set_severity(options::v1::SEVERITY_CRITICAL);
  message.notice.set_text("실패 <!channel> & \"more\"");
  return message;
}

constexpr std::chrono::milliseconds kCallTimeout(10'000);

TEST(Channels, SpeakSlacksAndAWebhooksLanguage) {
  http::Client client;
  const Receiver receiver({200, {}, "ok"});
  EXPECT_EQ(SlackChannel(client).Send(SomeMessage(receiver.url()), kCallTimeout).kind,
            Answer::Kind::kTaken);
  EXPECT_EQ(WebhookChannel(client).Send(SomeMessage(receiver.url()), kCallTimeout).kind,
            Answer::Kind::kTaken);
  const auto got = receiver.got();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].body, R"({"text":"실패 &lt;!channel&gt; &amp; \"more\""})");
  EXPECT_EQ(got[0].Header("content-type"), "application/json");
  EXPECT_EQ(got[0].Header("idempotency-key"), "delivery-1");
  EXPECT_THAT(got[1].body, HasSubstr(R"("txn":"TXN-20260118-003")"));
  EXPECT_THAT(got[1].body, HasSubstr(R"("severity":"critical")"));
}

TEST(Channels, TellWhatAnAnswerMeans) {
  http::Client client;
  SlackChannel slack(client);
  const std::vector<std::tuple<int, Answer::Kind, int>> table = {
      {202, Answer::Kind::kTaken, 0},   {301, Answer::Kind::kRefused, 0},
      {400, Answer::Kind::kRefused, 0}, {404, Answer::Kind::kRefused, 0},
      {408, Answer::Kind::kNotNow, 0},  {429, Answer::Kind::kNotNow, 7'000},
      {500, Answer::Kind::kUnknown, 0}, {503, Answer::Kind::kUnknown, 0},
  };
  for (const auto& [status, kind, retry_after_ms] : table) {
    http_server::Response response{status, {{"Location", "http://127.0.0.1:1/"}}, "no_service"};
    if (retry_after_ms > 0) response.headers.emplace_back("Retry-After", "7");
    const Receiver receiver(response);
    const Answer answer = slack.Send(SomeMessage(receiver.url()), kCallTimeout);
    EXPECT_EQ(answer.kind, kind) << status;
    EXPECT_EQ(answer.retry_after.count(), retry_after_ms) << status;
    EXPECT_EQ(receiver.got().size(), 1u) << status;
    EXPECT_THAT(answer.text, Not(HasSubstr("secret-part")));
  }
}

TEST(Channels, ToldApartNotSentAndNoAnswer) {
  http::Client client;
  SlackChannel slack(client);
  std::string nobody_there;
  {
    const Receiver receiver({200, {}, ""});
    nobody_there = receiver.url();
  }
  const Answer refused = slack.Send(SomeMessage(nobody_there), kCallTimeout);
  EXPECT_EQ(refused.kind, Answer::Kind::kNotNow) << refused.text;
  EXPECT_THAT(refused.text, Not(HasSubstr("secret-part")));
  EXPECT_EQ(slack.Send(SomeMessage("ftp://127.0.0.1/secret-part"), kCallTimeout).kind,
            Answer::Kind::kRefused);
  EXPECT_EQ(slack.Send(SomeMessage("not a url"), kCallTimeout).kind, Answer::Kind::kRefused);
}

class NotifyService : public ::testing::Test {
 protected:
  using Stub = v1::NotifyService::Stub;

  template <class Request, class Response>
  Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, Response* response, const std::string& principal) {
    grpc::ClientContext context;
    rpc::Prepare(context, testing::TokenOf(principal), std::chrono::seconds(30));
    response->Clear();
    return rpc::FromGrpc((stub_.get()->*method)(&context, request, response));
  }
  Status Apply(const std::string& path, const std::string& content, bool is_dry_run = false,
               const std::string& principal = "ann") {
    v1::ApplyFileRequest request;
    request.set_path(path);
    request.set_content(content);
    request.set_dry_run(is_dry_run);
    return Call(&Stub::ApplyFile, request, &applied_, principal);
  }
  Result<v1::ListDeliveriesResponse> List(const std::string& principal, Position least,
                                          const std::string& branch = "") {
    v1::ListDeliveriesRequest request;
    request.set_branch(branch);
    request.set_min_position(least);
    v1::ListDeliveriesResponse response;
    HQ_RETURN_IF_ERROR(Call(&Stub::ListDeliveries, request, &response, principal));
    return response;
  }
  Position Lock(const std::string& cell) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("cell_lock-" + cell);
    auto* event = append->add_events();
    event->set_branch(cell);
    event->set_event("cell_locked");
    event->set_schema_version(1);
    event->mutable_data()->PackFrom(
        testing::Text<decision::v1::CellLockEvent>(R"(cell_locked { reason: "test" })"));
    const auto appended = ledger_.ClientOf("decision")->Append(request);
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.ok() ? appended->receipt().last_position() : 0;
  }
  Position HeadPosition() {
    const auto head = log_->Head();
    EXPECT_TRUE(head.ok()) << head.status();
    return head.ok() ? head->head().position() : 0;
  }

  SystemClock clock_;
  testing::TestLedger ledger_{clock_};
  std::unique_ptr<EventLog> log_ = ledger_.ClientOf("notify");
  testing::RunningViews<AllViews> running_{*log_};
  const rpc::Principals principals_ =
      *rpc::Principals::Parse("principals.json", testing::PrincipalsJson());
  runtime::Metrics metrics_;
  rpc::Door door_{principals_, clock_, metrics_};
  NotifyApi api_{door_, *log_, running_.views.deliveries, running_.runner};
  std::unique_ptr<rpc::Server> server_ =
      *rpc::Server::Start("127.0.0.1:0", {&api_}, [] { return true; });
  std::jthread serving_{[this](std::stop_token stop) { server_->Run(stop); }};
  std::unique_ptr<Stub> stub_ =
      v1::NotifyService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(server_->port())));
  v1::ApplyFileResponse applied_;
};

constexpr const char* kOpsOnly = R"({"slack":{"ops":"env:O"}})";

TEST_F(NotifyService, AppliesAFileOnceAndADryRunNever) {
  ASSERT_TRUE(Apply("notifications/channels.json", kOpsOnly, true).ok());
  EXPECT_THAT(applied_.changes(), ElementsAre("channel slack:ops added: env:O"));
  EXPECT_EQ(HeadPosition(), 0u);
  ASSERT_TRUE(Apply("notifications/channels.json", kOpsOnly).ok());
  EXPECT_EQ(applied_.position(), 1u);
  ASSERT_TRUE(Apply("notifications/channels.json", kOpsOnly).ok());
  EXPECT_THAT(applied_.changes(), IsEmpty());
  EXPECT_EQ(applied_.position(), 0u);
  EXPECT_EQ(HeadPosition(), 1u);
}

TEST_F(NotifyService, RefusesWholeFilesAndTheWrongPeople) {
  const Status literal =
      Apply("notifications/channels.json", R"({"slack":{"ops":"env:O","x":"https://a/b"}})");
  EXPECT_TRUE(absl::IsInvalidArgument(literal));
  EXPECT_THAT(std::string(literal.message()), HasSubstr("notifications/channels.json: $.slack.x"));
  EXPECT_EQ(AdviceOf(literal).reason, "MALFORMED_FILE");
  EXPECT_TRUE(absl::IsInvalidArgument(Apply("notifications/other.json", "{}")));
  for (const char* principal : {"owner-koosy", "llm-koosy", "worker-koosy", "ci", "audrey", "sync"})
    EXPECT_TRUE(
        absl::IsPermissionDenied(Apply("notifications/channels.json", kOpsOnly, false, principal)))
        << principal;
  EXPECT_TRUE(absl::IsUnauthenticated(Apply("channels.json", kOpsOnly, false, "nobody")));
  EXPECT_EQ(HeadPosition(), 0u);
}

TEST_F(NotifyService, ShowsAnOwnerTheirOwnCellsOnly) {
  ASSERT_TRUE(Apply("channels.json", kOpsOnly).ok());
  Lock("papafly");
  const Position last = Lock("koosy");
  const auto all = List("ann", last);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->deliveries_size(), 2);
  EXPECT_EQ(all->deliveries(0).branch(), "koosy");
  EXPECT_EQ(all->deliveries(0).state(), v1::DELIVERY_STATE_PENDING);
  const auto own = List("owner-koosy", last);
  ASSERT_TRUE(own.ok()) << own.status();
  ASSERT_EQ(own->deliveries_size(), 1);
  EXPECT_EQ(own->deliveries(0).branch(), "koosy");
  EXPECT_TRUE(absl::IsPermissionDenied(List("owner-koosy", last, "papafly").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(List("ann", last, "No Cell").status()));
}

TEST_F(NotifyService, DeliversOverRealHttpAndRecordsNoUrl) {
  const Receiver receiver({200, {}, "ok"});
  http::Client client;
  SlackChannel slack(client);
  const Sender sender(
      {{"slack", &slack}}, [&](const std::string&) { return Result<std::string>(receiver.url()); },
      std::chrono::seconds(5), metrics_);
  DeliveryReactor reactor(*log_, running_.views.deliveries, running_.runner, sender, clock_,
                          metrics_, {});
  const std::jthread reacting([&](std::stop_token stop) { reactor.Run(stop); });
  ASSERT_TRUE(Apply("channels.json", kOpsOnly).ok());
  Position position = Lock("koosy");
  v1::Delivery delivery;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (delivery.state() != v1::DELIVERY_STATE_DELIVERED &&
         std::chrono::steady_clock::now() < deadline) {
    position = running_.runner.WaitForChange(position, std::chrono::milliseconds(200), {});
    const auto listed = List("ann", 0);
    ASSERT_TRUE(listed.ok()) << listed.status();
    if (listed->deliveries_size() > 0) delivery = listed->deliveries(0);
  }
  EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_DELIVERED);
  ASSERT_EQ(receiver.got().size(), 1u);
  EXPECT_THAT(receiver.got()[0].body, HasSubstr("[WARNING] cell_locked · koosy"));
  const auto page = log_->Read(ledger::v1::ReadRequest());
  ASSERT_TRUE(page.ok());
  for (const auto& recorded : page->records)
    EXPECT_THAT(recorded.bytes, Not(HasSubstr("secret-part")));
}

}  // namespace
}  // namespace hq::notify
