// What every service's process does: run its components, stop on SIGTERM, exit with a code.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/runtime/component.hpp"

namespace hq::runtime {

// Blocks SIGINT and SIGTERM, ignores SIGPIPE, then calls `run`. Logs its error, if any. Returns the
// exit code: 0, or 1 after an error.
int Main(std::string_view service, const std::function<Status()>& run);

// Runs each component on its own thread until SIGINT or SIGTERM; stops them in reverse order.
Status RunUntilSignal(std::vector<Component*> components);

}  // namespace hq::runtime
