#include "deploy/local/house/readiness.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>

#include "common/grpc/channel.hpp"
#include "common/http/client.hpp"
#include "deploy/local/house/blueprint.hpp"
#include "grpc/health/v1/health.grpc.pb.h"

namespace hq::house {
namespace {

constexpr std::chrono::milliseconds kPatience(1000);

// A nats-server speaks first: "INFO {…}".
bool Greets(const std::string& address) {
  int port = 0;
  const std::string digits = address.substr(address.rfind(':') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{1, 0};
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  char greeting = 0;
  const bool does_greet =
      connect(client, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0 &&
      recv(client, &greeting, 1, 0) == 1 && greeting == 'I';
  close(client);
  return does_greet;
}

bool AnswersHttp(const std::string& address) {
  http::Request request;
  request.url = "http://" + address + "/";
  request.timeout_ms = kPatience.count();
  return http::Client().Send(request).ok();
}

}  // namespace

bool Readiness::IsReady(const std::string& name, const std::string& address) {
  if (name == "nats") return Greets(address);
  if (!Blueprint::IsService(name)) return AnswersHttp(address);
  auto& channel = channels_[address];
  if (!channel) channel = rpc::Connect(address);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  context.set_wait_for_ready(true);  // A call that waits is what makes the channel try again soon.
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("readiness");
  grpc::health::v1::HealthCheckResponse response;
  const auto stub = grpc::health::v1::Health::NewStub(channel);
  return stub->Check(&context, request, &response).ok() &&
         response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

}  // namespace hq::house
