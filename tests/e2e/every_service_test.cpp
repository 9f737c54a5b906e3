// What operators count on alike in each of the five services: health by its two names, metrics of
// every call, and that the order in which they are started does not matter.
#include <gmock/gmock.h>

#include <filesystem>

#include "common/http/client.hpp"
#include "grpc/health/v1/health.pb.h"
#include "hq/ledger/v1/operations_service.pb.h"
#include "tests/e2e/standing_house.hpp"
#include "tests/support/eventually.hpp"

namespace hq::testing {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience(60);
const std::vector<std::string> kServices{"ledger", "decision", "sync", "billing", "notify"};

// What the service at `address` says of its health by that name; UNKNOWN if it does not answer.
HealthCheckResponse::ServingStatus HealthOf(const std::string& address, const std::string& name) {
  HealthCheckRequest request;
  request.set_service(name);
  const auto answer =
      RightsCaller(address).Call("grpc.health.v1.Health/Check", "", request.SerializeAsString());
  HealthCheckResponse response;
  const bool is_answer = answer.status.ok() && answer.messages.size() == 1 &&
                         response.ParseFromString(answer.messages[0]);
  return is_answer ? response.status() : HealthCheckResponse::UNKNOWN;
}

class EveryService : public StandingHouse {};

TEST_F(EveryService, IsAliveAndReadyByName) {
  for (const std::string& service : kServices)
    for (const char* name : {"liveness", "readiness", ""}) {
      SCOPED_TRACE(service + " " + name);
      EXPECT_EQ(HealthOf(house_->AddressOf(service), name), HealthCheckResponse::SERVING);
    }
}

TEST_F(EveryService, CountsItsCallsForPrometheus) {
  const std::map<std::string, std::string> methods = {
      {"ledger", "hq.ledger.v1.LedgerService/Head"},
      {"decision", "hq.decision.v1.DecisionService/GetPolicy"},
      {"sync", "hq.sync.v1.SyncService/GetRollout"},
      {"billing", "hq.billing.v1.BillingService/GetUsage"},
      {"notify", "hq.notify.v1.NotifyService/ListDeliveries"}};
  for (const std::string& service : kServices) {
    SCOPED_TRACE(service);
    const std::string& method = methods.at(service);
    To(service).Call(method, "");  // Refused, and counted.
    http::Request request;
    request.url = "http://" + house_->AddressOf(service + "-metrics") + "/metrics";
    const auto page = http::Client().Send(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->status, 200);
    const auto slash = method.find('/');
    EXPECT_THAT(page->body, HasSubstr("grpc_server_handled_total{grpc_code=\"UNAUTHENTICATED\","
                                      "grpc_method=\"" +
                                      method.substr(slash + 1) + "\",grpc_service=\"" +
                                      method.substr(0, slash) + "\"}"));
  }
}

// With the franchise's own backup-policy.json, or the ledger would not have started.
TEST_F(EveryService, HasItsRecordsInTheArchiveOfTheHouse) {
  ledger::v1::BackUpRequest request;
  request.set_with_image(true);
  const Answer answer = Call("ledger", "ann", "hq.ledger.v1.OperationsService/BackUp", request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ledger::v1::BackUpResponse response;
  ASSERT_TRUE(answer.messages.size() == 1 && response.ParseFromString(answer.messages[0]));
  const std::filesystem::path archive = house_->directory() / "archive";
  EXPECT_EQ(response.target(), "dir:" + archive.string());
  EXPECT_TRUE(std::filesystem::exists(archive / "images"));
}

// The others wait for the ledger and for NATS, alive and not ready, and need no restart.
TEST(AnyOrder, ServicesWaitForTheLedgerAndForNatsAndBecomeReadyByThemselves) {
  const std::vector<std::string> early{"notify", "billing", "sync", "decision"};
  const TempDir directory;
  house::HouseOptions options;
  options.directory = directory.path();
  options.bin = HQ_BIN_DIR;
  options.programs = early;
  options.programs.insert(options.programs.end(), {"forge", "inbox"});
  const auto started = house::House::Start(options);
  ASSERT_TRUE(started.ok()) << started.status();
  house::House& house = **started;
  std::map<std::string, pid_t> processes;
  for (const std::string& service : early) {
    SCOPED_TRACE(service);
    const std::string address = house.AddressOf(service);
    EXPECT_TRUE(Eventually(
        [&] { return HealthOf(address, "liveness") == HealthCheckResponse::SERVING; }, kPatience));
    EXPECT_EQ(HealthOf(address, "readiness"), HealthCheckResponse::NOT_SERVING);
    processes[service] = house.ProcessOf(service);
  }
  ASSERT_TRUE(house.Launch("ledger").ok());
  ASSERT_TRUE(house.Launch("nats").ok());
  const Status ready = house.WaitReady(kPatience);
  EXPECT_TRUE(ready.ok()) << ready;
  for (const std::string& service : early)
    EXPECT_EQ(house.ProcessOf(service), processes[service]) << service;
  const Status ended = house.StopAll();
  EXPECT_TRUE(ended.ok()) << ended;
}

}  // namespace
}  // namespace hq::testing
