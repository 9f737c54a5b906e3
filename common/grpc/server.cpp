#include "common/grpc/server.hpp"

#include <absl/strings/numbers.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "grpc/health/v1/health.pb.h"

namespace hq::rpc {
namespace {

constexpr int kMessageBytesMax = 8 << 20;

// All that a call needs, identity, command, trace, are a dozen fields of 128 bytes and a token. It
// is gRPC's own default, which newer versions change.
constexpr int kMetadataBytesMax = 8 << 10;

// Calls of one connection at a time. gRPC's clients keep to it by themselves: the next call waits
// in the client, for as long as its deadline allows, until one has ended. Some ten kilobytes a call
// make ten megabytes of a connection; the busiest caller there is, the bench, has 256.
constexpr int kCallsOfAConnectionMax = 1'000;

// What gRPC itself may hold for all connections together: what has arrived and is not yet taken,
// and the calls. The ledger's full queue, of 64 MiB and 16 384 calls, fits into it, and a message
// of the largest size from each of a dozen callers besides. The fuller it is, the less gRPC takes
// at a time from everybody. If it is all taken nevertheless, gRPC closes connections without calls,
// then ends calls, whosever they are: better than the process killed by the system. What services
// hold, a stream's chunks, say, is not in it; they have bounds of their own.
constexpr std::size_t kMemoryBytesMax = std::size_t{512} << 20;

// Handlers that block have a thread each; callbacks have none of these. On two cores more of them
// only wait for one another, and at 8 MiB of stack address space each. The next call is answered
// RESOURCE_EXHAUSTED by gRPC ("Server Threadpool Exhausted") before any handler has seen it.
constexpr int kThreadsMax = 256;

// A peer from whom nothing has come for so long is asked whether it lives, and given up if it does
// not answer: the streams of a machine that is gone end after a minute and a half. Not sooner,
// because a client in C++ that has nothing to do looks at its connections every five seconds only,
// at one event each time.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 30'000;

// Clients of ours ask every 20 s, with or without a call (channel.cpp). Who asks more often than
// this is told to calm down and loses its connection.
constexpr int kMinPingIntervalMs = 10'000;

void SetBounds(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsOfAConnectionMax);
  grpc::ResourceQuota quota("server");
  quota.Resize(kMemoryBytesMax).SetMaxThreads(kThreadsMax);
  builder.SetResourceQuota(quota);
}

void SetKeepalive(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // Else the server stops to ask after two pings without data: whoever waits in silence is who may
  // have gone.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
}

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
                                              Ready ready, std::chrono::seconds grace) {
  LinkHealth();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Server> server(new Server);
  server->ready_ = std::move(ready);
  server->grace_ = grace;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &server->port_);
  SetBounds(builder);
  SetKeepalive(builder);
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
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, kReadyInterval, [&] { return stop.stop_requested(); }))
    if (!stop.stop_requested()) Announce(ready_());
  Announce(false);
  const std::jthread cutter([this](std::stop_token shut) { CutIdleConnections(std::move(shut)); });
  server_->Shutdown(std::chrono::system_clock::now() + grace_);
  server_->Wait();
}

}  // namespace hq::rpc
