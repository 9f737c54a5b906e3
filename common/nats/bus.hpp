// RAII over the NATS C client: a subscription that survives the server's absence. bus.cpp and the
// ledger's announcer connection are the only files that include <nats/nats.h>.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::nats {

struct Login {
  std::string url;  // e.g. "nats://127.0.0.1:4222"
  std::string user;
  std::string password;  // From a file; never logged.
};

// What a message carries; lives only during the callback.
struct Message {
  std::string_view subject;
  std::string_view payload;
};

using OnMessage = std::function<void(const Message&)>;

// A connection that is made in the background and made again for ever. Thread-safe.
class Bus {
 public:
  // Succeeds also while the server is away. kInvalidArgument for a malformed URL.
  static Result<std::unique_ptr<Bus>> Connect(const Login& login);
  ~Bus();

  // Plain subscription: messages may be missed or seen twice. `on_message` is called from the
  // client's thread until the bus is destroyed.
  Status Subscribe(const std::string& subject, OnMessage on_message);

  bool is_connected() const;

 private:
  struct Connection;
  explicit Bus(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace hq::nats
