// Ports of the loopback: one for a program of the test's, and who listens on one.
#pragma once

#include <string>

namespace hq::testing {

// Stays this process's until its end, so that what listens there can be killed and started again.
int FreePort();

// Whether somebody takes connections on that port.
bool TakesConnections(int port);

// The same of a Unix socket, which is a path.
bool TakesConnections(const std::string& unix_socket);

}  // namespace hq::testing
