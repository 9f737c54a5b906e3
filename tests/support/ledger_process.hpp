// The real hq-ledger as a process of its own, to be killed at exact steps and started again on the
// same data and port.
#pragma once

#include <string>
#include <vector>

#include "common/nats/bus.hpp"
#include "common/runtime/child.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

class LedgerProcess {
 public:
  // `bin_dir` holds hq-ledger; `principals_json` is its principals file. Not started yet.
  LedgerProcess(std::string bin_dir, const std::string& principals_json,
                const nats::Login& nats_login);
  LedgerProcess(const LedgerProcess&) = delete;
  LedgerProcess& operator=(const LedgerProcess&) = delete;

  // A setting for the next Start, instead of its own.
  void Set(const std::string& name, const std::string& value) { environment_[name] = value; }

  // Listens on a Unix socket, from the next start on.
  void UseUnixSocket();

  // Call it from a thread that outlives the process, which ends with it. Returns when the port
  // takes connections, or the process has ended by its fault. `fault` is HQ_FAULT, e.g.
  // "ledger.commit.before:3"; empty for none.
  void Start(const std::string& fault = "");

  // As Start, and waits for nothing: the process may end before it takes connections.
  void Launch(const std::string& fault = "");

  // Words that the next start puts before the program's path: those of a tracer that makes way for
  // the program, so that the process is the ledger itself. Empty for none.
  void SetTracer(std::vector<std::string> words) { tracer_ = std::move(words); }

  // SIGTERM; the exit code, or -1 if a signal ended it.
  int Stop();

  // SIGKILL, and waits for the end.
  void Kill();

  // True once the process has ended by SIGKILL, as a fault point does it.
  bool WasKilled();

  // True once the process has ended in any way, or was never started.
  bool HasEnded();

  // Whether it takes connections.
  bool IsUp() const;

  // For gRPC: host:port, or unix:path.
  std::string address() const {
    return socket_.empty() ? "127.0.0.1:" + std::to_string(port_) : "unix:" + socket_;
  }
  // Where its metrics are, as Prometheus text.
  std::string metrics_url() const {
    return "http://127.0.0.1:" + std::to_string(metrics_port_) + "/metrics";
  }
  // 0 if it was not started, or was stopped or killed by this object. If it may have ended by
  // itself, ask that first.
  pid_t process() const { return child_.process(); }
  // Where it keeps its data; they go with this object.
  std::string data_dir() const { return directory_ / "data"; }
  // What it has logged, for the message of a failing test.
  std::string Log() const;

 private:
  int End(int signal);

  const std::string bin_dir_;
  TempDir directory_;
  runtime::Environment environment_;
  std::vector<std::string> tracer_;
  int port_ = 0;
  std::string socket_;  // A path; empty while it listens on its port.
  int metrics_port_ = 0;
  runtime::Child child_;
};

}  // namespace hq::testing
