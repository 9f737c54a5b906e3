#include "common/grpc/server.hpp"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

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

void Server::Run(std::stop_token stop) {
  static constexpr std::chrono::milliseconds kReadyInterval(250);
  static constexpr std::chrono::seconds kGrace(5);
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, kReadyInterval, [&] { return stop.stop_requested(); }))
    if (!stop.stop_requested()) Announce(ready_());
  Announce(false);
  server_->Shutdown(std::chrono::system_clock::now() + kGrace);
  server_->Wait();
}

}  // namespace hq::rpc
