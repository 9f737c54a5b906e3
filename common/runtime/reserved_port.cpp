#include "common/runtime/reserved_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

namespace hq::runtime {
namespace {

constexpr int kPortLeast = 20'000;
constexpr int kPortMost = 32'000;

// A socket of that type bound to the loopback port; -1 if somebody has it.
int Bound(int type, int port) {
  const int bound = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const int yes = 1;
  if (type == SOCK_STREAM) setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return bound;
  close(bound);
  return -1;
}

}  // namespace

Result<ReservedPort> ReservedPort::Any() {
  std::random_device random;
  std::uniform_int_distribution<int> any(kPortLeast, kPortMost);
  constexpr int kTriesMax = 1'000;
  for (int i = 0; i < kTriesMax; ++i)
    if (auto port = Of(any(random))) return *std::move(port);
  return absl::UnavailableError("no free port on the loopback");
}

// The program will listen on TCP; the UDP port of the same number, which nobody needs, is the token
// by which those who reserve ports keep out of each other's way.
std::optional<ReservedPort> ReservedPort::Of(int number) {
  if (number < 1 || number > 65'535) return std::nullopt;
  ReservedPort reserved(number, Bound(SOCK_DGRAM, number));
  if (reserved.holder_ < 0) return std::nullopt;
  const int probe = Bound(SOCK_STREAM, number);
  if (probe < 0) return std::nullopt;
  close(probe);
  return reserved;
}

ReservedPort::~ReservedPort() {
  if (holder_ >= 0) close(holder_);
}

}  // namespace hq::runtime
