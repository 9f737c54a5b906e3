#include "tests/support/nats_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

NatsServer::~NatsServer() { End(SIGKILL); }

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
  const std::string config = directory_ / "nats.conf";
  const std::string log = directory_ / "nats.log";
  process_ = fork();
  HQ_CHECK(process_ >= 0, "a process can be started");
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execlp("nats-server", "nats-server", "-c", config.c_str(), nullptr);
    execl("/usr/sbin/nats-server", "nats-server", "-c", config.c_str(), nullptr);
    _exit(127);
  }
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
  if (process_ <= 0) return;
  kill(process_, signal);
  waitpid(process_, nullptr, 0);
  process_ = 0;
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
