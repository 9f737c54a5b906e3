// A raw connection of the NATS C client, set up as every part of HQ OS needs it: made in the
// background, made again for ever, closed only after its last callback has returned.
#pragma once

#include <nats/nats.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"

namespace hq::nats {

// Thread-safe. Subscriptions made on it are destroyed by their owner after Close().
class Connection {
 public:
  // Succeeds also while the server is away. kInvalidArgument for a malformed URL.
  static Result<std::unique_ptr<Connection>> Open(const Login& login);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  natsConnection* get() const { return connection_; }
  bool is_connected() const;

  // How often the connection was made again; what was read before the last time may no longer hold.
  std::uint64_t reconnects() const;

  // True once the client has given up, e.g. because the server refused the password twice.
  bool is_closed() const;

  // Ends the connection and waits until its threads make no further callbacks on it.
  void Close();

 private:
  Connection() = default;
  natsStatus Configure(const Login& login);
  static void OnClosed(natsConnection* connection, void* self);

  natsOptions* options_ = nullptr;
  natsConnection* connection_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_gone_ = false;
};

}  // namespace hq::nats
