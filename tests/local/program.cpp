#include "tests/local/program.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "common/base/check.hpp"
#include "tests/support/free_port.hpp"

namespace hq::testing {

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
  runtime::Environment environment = environment_;
  const char* path = std::getenv("PATH");
  environment["PATH"] = path ? path : "/usr/bin:/bin";
  environment["HQ_LISTEN"] = "127.0.0.1:" + std::to_string(port_);
  auto child = runtime::Child::Spawn({std::string(HQ_BIN_DIR) + "/" + name_}, environment,
                                     directory_ / "log");
  HQ_CHECK(child.ok(), child.status().ToString().c_str());
  child_ = *std::move(child);
  HQ_CHECK(Until([this] { return TakesConnections(port_); }),
           (name_ + " does not listen: " + Log()).c_str());
}

void Program::Kill() { child_ = runtime::Child(); }

void Program::Stop() {
  constexpr std::chrono::minutes kPatience(2);
  if (child_.process() == 0) return;
  child_.Signal(SIGTERM);
  const auto code = child_.WaitFor(kPatience);
  child_ = runtime::Child();
  EXPECT_TRUE(code.ok() && *code == 0)
      << name_ << " ended with " << (code.ok() ? std::to_string(*code) : code.status().ToString())
      << ": " << Log();
}

std::string Program::Log() const {
  std::ifstream file(directory_ / "log");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Program::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

}  // namespace hq::testing
