// A real nats-server with JetStream and users, on a free port of the loopback, with its data in a
// directory of its own. Can be stopped, killed and started again on the same port and data.
#pragma once

#include <string>

#include "common/nats/bus.hpp"
#include "common/runtime/child.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

class NatsServer {
 public:
  // Returns when it takes connections.
  NatsServer() : NatsServer(std::string()) {}
  // With JetStream's data in that directory instead, on a disk of the caller's choice.
  explicit NatsServer(std::string store_dir);

  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  // On the same port and data, after Stop or Kill.
  void Start();
  void Stop();  // SIGTERM, and waits for the end.
  void Kill();  // SIGKILL, and waits for the end.

  // Forgets all that JetStream has stored. Only while it is stopped.
  void Wipe();

  // Keeps a copy of all that JetStream has stored, and puts it back in the place of what it has
  // stored since: as a machine that lost its last messages. Only while it is stopped.
  void Keep() const;
  void PutBack();

  int port() const { return port_; }
  // 0 if it was not started, or was stopped or killed by this object. If it may have ended by
  // itself, ask that first.
  pid_t process() const { return child_.process(); }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

  // The only one who may publish hq.events.>.
  nats::Login LedgerLogin() const { return {url(), "ledger", "ledger-password"}; }
  // May subscribe to hq.events.>.
  nats::Login ReaderLogin() const { return {url(), "reader", "reader-password"}; }

 private:
  void WriteConfig() const;
  bool IsReachable() const;
  void End(int signal);

  TempDir directory_;
  const std::string store_dir_;
  int port_ = 0;
  runtime::Child child_;
};

}  // namespace hq::testing
