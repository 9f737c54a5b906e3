#include "tests/support/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mutex>
#include <vector>

#include "common/base/check.hpp"
#include "common/runtime/reserved_port.hpp"

namespace hq::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

int FreePort() {
  static std::mutex mutex;
  static auto* reserved = new std::vector<runtime::ReservedPort>;
  auto port = runtime::ReservedPort::Any();
  HQ_CHECK(port.ok(), "a free port can be found");
  std::lock_guard lock(mutex);
  reserved->push_back(*std::move(port));
  return reserved->back().number();
}

bool TakesConnections(int port) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool is_taken =
      connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(client);
  return is_taken;
}

bool TakesConnections(const std::string& unix_socket) {
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_socket.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const bool is_taken =
      connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(client);
  return is_taken;
}

}  // namespace hq::testing
