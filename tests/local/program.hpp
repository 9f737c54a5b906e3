// One of our programs, running on a port of its own. It ends with exit 0 or by the test's own
// SIGKILL; anything else fails the test.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "common/runtime/child.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// Polls until `holds` or patience is over; true if it held.
bool Until(const std::function<bool()>& holds,
           std::chrono::seconds patience = std::chrono::seconds(60));

class Program {
 public:
  // `name` is in the build's bin folder; `environment` is all it gets beside PATH and HQ_LISTEN.
  Program(std::string name, std::map<std::string, std::string> environment);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Starts it on the same port as before, if it ran before, and waits until it accepts. It ends
  // with the thread that calls this. Without it no test means anything: that it does not start ends
  // this process.
  void Start();
  void Kill();  // SIGKILL
  void Stop();  // SIGTERM, expecting exit 0.

  void Set(const std::string& name, const std::string& value) { environment_[name] = value; }
  std::string url() const;

 private:
  std::string Log() const;

  std::string name_;
  runtime::Environment environment_;
  TempDir directory_;
  int port_ = 0;
  runtime::Child child_;
};

}  // namespace hq::testing
