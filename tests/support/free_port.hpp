// A port of the loopback that nobody has now. Somebody may take it before its user does; then that
// start fails loudly.
#pragma once

#include <string>

namespace hq::testing {

int FreePort();

// Whether somebody takes connections on that port.
bool TakesConnections(int port);

// The same of a Unix socket, which is a path.
bool TakesConnections(const std::string& unix_socket);

}  // namespace hq::testing
