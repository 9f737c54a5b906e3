// Goal: a reserved port is nobody else's, and one that somebody has is not reserved. Method: real
// sockets of the loopback.
#include "common/runtime/reserved_port.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hq::runtime {
namespace {

TEST(ReservedPort, IsNobodyElsesAsLongAsItLives) {
  int number = 0;
  {
    const auto port = ReservedPort::Any();
    ASSERT_TRUE(port.ok()) << port.status();
    number = port->number();
    EXPECT_FALSE(ReservedPort::Of(number).has_value());
  }
  EXPECT_TRUE(ReservedPort::Of(number).has_value());
}

TEST(ReservedPort, StaysReservedWhereItIsMovedTo) {
  auto first = ReservedPort::Any();
  ASSERT_TRUE(first.ok()) << first.status();
  const int number = first->number();
  auto second = ReservedPort::Any();
  ASSERT_TRUE(second.ok()) << second.status();
  *second = *std::move(first);
  EXPECT_EQ(second->number(), number);
  EXPECT_FALSE(ReservedPort::Of(number).has_value());
}

TEST(ReservedPort, IsNotOneThatSomebodyListensOn) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_FALSE(ReservedPort::Of(ntohs(address.sin_port)).has_value());
  close(listener);
}

}  // namespace
}  // namespace hq::runtime
