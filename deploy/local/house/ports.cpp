#include "deploy/local/house/ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include "deploy/local/house/files.hpp"

namespace hq::house {
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

int NumberIn(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Ports::Ports(std::filesystem::path directory)
    : directory_(std::move(directory)), random_(std::random_device()()) {}

Ports::~Ports() {
  for (const auto& [name, reservation] : reservations_) close(reservation);
}

Result<int> Ports::Of(const std::string& name) {
  if (const auto it = ports_.find(name); it != ports_.end()) return it->second;
  const int before = NumberIn(ReadFile(directory_ / name).value_or(""));
  if (before != 0 && Reserve(name, before)) return before;
  std::uniform_int_distribution<int> any(kPortLeast, kPortMost);
  constexpr int kTriesMax = 1000;
  for (int i = 0; i < kTriesMax; ++i) {
    const int port = any(random_);
    if (!Reserve(name, port)) continue;
    HQ_RETURN_IF_ERROR(WriteFile(directory_ / name, std::to_string(port) + "\n"));
    return port;
  }
  return absl::UnavailableError("no free port on the loopback");
}

bool Ports::Reserve(const std::string& name, int port) {
  // The service will listen on TCP; the UDP port of the same number, which nobody needs, is the
  // token by which houses keep out of each other's way.
  const int reservation = Bound(SOCK_DGRAM, port);
  if (reservation < 0) return false;
  const int probe = Bound(SOCK_STREAM, port);
  if (probe < 0) {
    close(reservation);
    return false;
  }
  close(probe);
  ports_[name] = port;
  reservations_[name] = reservation;
  return true;
}

}  // namespace hq::house
