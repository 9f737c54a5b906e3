#include "common/grpc/server.hpp"

#include <absl/strings/numbers.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "grpc/health/v1/health.pb.h"

namespace hq::rpc {
namespace {

constexpr int kMessageBytesMax = 8 << 20;
constexpr int kMinPingIntervalMs = 10'000;

// Reflection can describe health only if its messages are linked in.
void LinkHealth() {
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
}

// The calls that this process's servers have taken and not yet answered, as gRPC counts them
// itself (channelz): no handler has to say when it begins.
std::int64_t CallsUnderWay() {
  const std::unique_ptr<char, void (*)(void*)> text(grpc_channelz_get_servers(0), gpr_free);
  const auto answer = nlohmann::json::parse(text.get());
  std::int64_t count = 0;
  const auto add = [&count](const nlohmann::json& data, const char* field, int sign) {
    std::int64_t calls = 0;
    if (absl::SimpleAtoi(data.value(field, "0"), &calls)) count += sign * calls;
  };
  for (const auto& server : answer.value("server", nlohmann::json::array())) {
    add(server.at("data"), "callsStarted", 1);
    add(server.at("data"), "callsSucceeded", -1);
    add(server.at("data"), "callsFailed", -1);
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const std::string& listen,
                                              const std::vector<grpc::Service*>& services,
                                              Ready ready) {
  LinkHealth();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Server> server(new Server);
  server->ready_ = std::move(ready);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &server->port_);
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (grpc::Service* service : services) builder.RegisterService(service);
  server->server_ = builder.BuildAndStart();
  if (!server->server_ || server->port_ == 0)
    return absl::UnavailableError("cannot listen on " + listen);
  server->server_->GetHealthCheckService()->SetServingStatus("liveness", true);
  server->Announce(server->ready_());
  return server;
}

void Server::Announce(bool is_ready) {
  auto* health = server_->GetHealthCheckService();
  health->SetServingStatus("readiness", is_ready);
  health->SetServingStatus(is_ready);
  health->SetServingStatus("liveness", true);
}

// A client that is idle does not look at its connection, so it would not see that it may close it,
// and gRPC would wait for it until the grace is over.
void Server::CutIdleConnections(std::stop_token shut) {
  static constexpr std::chrono::milliseconds kInterval(20);
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  while (!condition.wait_for(lock, shut, kInterval, [&] { return shut.stop_requested(); }))
    if (CallsUnderWay() == 0) return grpc_server_cancel_all_calls(server_->c_server());
}

void Server::Run(std::stop_token stop) {
  static constexpr std::chrono::milliseconds kReadyInterval(250);
  static constexpr std::chrono::seconds kGrace(5);
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, kReadyInterval, [&] { return stop.stop_requested(); }))
    if (!stop.stop_requested()) Announce(ready_());
  Announce(false);
  const std::jthread cutter([this](std::stop_token shut) { CutIdleConnections(std::move(shut)); });
  server_->Shutdown(std::chrono::system_clock::now() + kGrace);
  server_->Wait();
}

}  // namespace hq::rpc
