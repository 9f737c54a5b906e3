#include "tests/local/program.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

namespace hq::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int FreePort() {
  const int socket_file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  bind(socket_file, reinterpret_cast<const sockaddr*>(&address), size);
  getsockname(socket_file, reinterpret_cast<sockaddr*>(&address), &size);
  close(socket_file);
  return ntohs(address.sin_port);
}

bool Accepts(int port) {
  const int socket_file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool is_open =
      connect(socket_file, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(socket_file);
  return is_open;
}

}  // namespace

bool Until(const std::function<bool()>& holds, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Program::Program(std::string name, std::map<std::string, std::string> environment)
    : name_(std::move(name)), environment_(std::move(environment)) {
  Start();
}

Program::~Program() { Stop(); }

void Program::Start() {
  if (port_ == 0) port_ = FreePort();
  const char* path = std::getenv("PATH");
  std::vector<std::string> variables = {"PATH=" + std::string(path ? path : "/usr/bin:/bin"),
                                        "HQ_LISTEN=127.0.0.1:" + std::to_string(port_)};
  for (const auto& [name, value] : environment_) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (auto& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string program = std::string(HQ_BIN_DIR) + "/" + name_;
  char* const arguments[] = {program.data(), nullptr};
  const int error =
      posix_spawn(&process_, program.c_str(), nullptr, nullptr, arguments, environment.data());
  ASSERT_EQ(error, 0) << program;
  ASSERT_TRUE(Until([this] { return Accepts(port_); })) << name_ << " does not listen";
}

void Program::Kill() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

void Program::Stop() {
  if (process_ == 0) return;
  kill(process_, SIGTERM);
  int wait_status = 0;
  waitpid(process_, &wait_status, 0);
  process_ = 0;
  EXPECT_TRUE(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
      << name_ << " ended with wait status " << wait_status;
}

std::string Program::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

}  // namespace hq::testing
