// A raw connection of the NATS C client, set up as every part of HQ OS needs it, and closed only
// after its last callback has returned.
#pragma once

#include <nats/nats.h>

#include <condition_variable>
#include <memory>
#include <mutex>

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"

namespace hq::nats {

// What becomes of a connection that there is not, or not any more.
enum class WhenLost {
  // It is made in the background, and again for ever. What is published meanwhile is kept, and sent
  // to the server that is there then: up to 8 MB.
  kConnectAgain,
  // It is closed, and what was under way is gone with it: for who publishes on condition of what
  // the server has said before.
  kStayClosed,
};

// Thread-safe. Subscriptions made on it are destroyed by their owner after Close().
class Connection {
 public:
  // With kConnectAgain it succeeds also while the server is away; else kUnavailable, within 2 s of
  // a server that is silent. kInvalidArgument for a malformed URL.
  static Result<std::unique_ptr<Connection>> Open(const Login& login,
                                                  WhenLost when_lost = WhenLost::kConnectAgain);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  natsConnection* get() const { return connection_; }
  bool is_connected() const;

  // True once it was lost for good, or the client has given up, e.g. because the server refused the
  // password twice.
  bool is_closed() const;

  // Ends the connection and waits until its threads make no further callbacks on it.
  void Close();

 private:
  Connection() = default;
  natsStatus Configure(const Login& login, WhenLost when_lost);
  static void OnClosed(natsConnection* connection, void* self);

  natsOptions* options_ = nullptr;
  natsConnection* connection_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_gone_ = false;
};

}  // namespace hq::nats
