#include "services/notify/adapters/ledger_health.hpp"

#include "common/grpc/channel.hpp"
#include "grpc/health/v1/health.grpc.pb.h"

namespace hq::notify {

namespace health = grpc::health::v1;

struct LedgerHealth::Connection {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<health::Health::Stub> stub;
};

LedgerHealth::LedgerHealth(const std::string& address, EventLog& log)
    : connection_(std::make_unique<Connection>()), log_(log) {
  connection_->channel = rpc::Connect(address);
  connection_->stub = health::Health::NewStub(connection_->channel);
}

LedgerHealth::~LedgerHealth() = default;

Sighting LedgerHealth::Look() {
  constexpr std::chrono::seconds kTimeout(3);
  health::HealthCheckRequest request;
  request.set_service("readiness");
  health::HealthCheckResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTimeout);
  const grpc::Status asked = connection_->stub->Check(&context, request, &response);
  if (!asked.ok())
    return {Sighting::Kind::kAway, "its health does not answer (" + asked.error_message() + ")"};
  if (response.status() != health::HealthCheckResponse::SERVING)
    return {Sighting::Kind::kNotServing, "it answers that it is not serving"};
  const auto head = log_.Head();
  if (head.ok()) return {};
  return {Sighting::Kind::kAway,
          "it seems healthy and does not tell its head (" + head.status().ToString() + ")"};
}

}  // namespace hq::notify
