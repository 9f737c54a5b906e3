// Publishes to JetStream at a fixed rate, while a plain subscriber notes how late each message is.
#pragma once

#include "common/base/result.hpp"
#include "common/nats/bus.hpp"
#include "tests/bench/harness/arrivals.hpp"
#include "tests/bench/harness/open_loop.hpp"

namespace hq::bench {

// Returns how many messages were published, after all acknowledgements. `arrivals` outlives it.
Result<std::uint64_t> PublishAtRate(const nats::Login& login, const OpenLoop& loop,
                                    Arrivals& arrivals);

}  // namespace hq::bench
