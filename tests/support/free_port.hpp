// A port of the loopback that nobody has now. Somebody may take it before its user does; then that
// start fails loudly.
#pragma once

namespace hq::testing {

int FreePort();

// Whether somebody takes connections on that port.
bool TakesConnections(int port);

}  // namespace hq::testing
