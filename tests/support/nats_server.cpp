#include "tests/support/nats_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/check.hpp"
#include "tests/support/free_port.hpp"

namespace hq::testing {
namespace {

constexpr auto kStartWait = std::chrono::seconds(20);
constexpr auto kPollInterval = std::chrono::milliseconds(10);

}  // namespace

NatsServer::NatsServer(std::string store_dir)
    : store_dir_(store_dir.empty() ? directory_ / "data" : std::move(store_dir)),
      port_(FreePort()) {
  WriteConfig();
  Start();
}

void NatsServer::WriteConfig() const {
  std::ofstream(directory_ / "nats.conf") << "listen: \"127.0.0.1:" << port_ << "\"\n"
                                          << "jetstream { store_dir: \"" << store_dir_ << "\" }\n"
                                          << R"(authorization {
  users = [
    { user: ledger, password: "ledger-password", permissions: {
        publish: ["hq.events.>", "$JS.API.>"], subscribe: ["_INBOX.>"] } }
    { user: reader, password: "reader-password", permissions: {
        publish: { deny: ">" }, subscribe: ["hq.events.>", "_INBOX.>"] } }
  ]
}
)";
}

void NatsServer::Start() {
  auto child = runtime::Child::Spawn({"nats-server", "-c", directory_ / "nats.conf"},
                                     runtime::OwnEnvironment(), directory_ / "nats.log");
  HQ_CHECK(child.ok(), child.status().ToString().c_str());
  child_ = *std::move(child);
  const auto give_up_at = std::chrono::steady_clock::now() + kStartWait;
  while (!IsReachable()) {
    HQ_CHECK(std::chrono::steady_clock::now() < give_up_at, "nats-server starts");
    std::this_thread::sleep_for(kPollInterval);
  }
}

bool NatsServer::IsReachable() const {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  char greeting = 0;
  const bool is_reachable =
      connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      recv(client, &greeting, 1, 0) == 1 && greeting == 'I';  // "INFO {…}"
  close(client);
  return is_reachable;
}

void NatsServer::Stop() { End(SIGTERM); }
void NatsServer::Kill() { End(SIGKILL); }

void NatsServer::End(int signal) {
  constexpr std::chrono::minutes kPatience(2);
  if (child_.process() == 0) return;
  child_.Signal(signal);
  (void)child_.WaitFor(kPatience);
  child_ = runtime::Child();
}

void NatsServer::Wipe() { std::filesystem::remove_all(store_dir_); }

void NatsServer::Keep() const {
  std::filesystem::remove_all(directory_ / "kept");
  std::filesystem::copy(directory_ / "data", directory_ / "kept",
                        std::filesystem::copy_options::recursive);
}

void NatsServer::PutBack() {
  Wipe();
  std::filesystem::rename(directory_ / "kept", directory_ / "data");
}

}  // namespace hq::testing
