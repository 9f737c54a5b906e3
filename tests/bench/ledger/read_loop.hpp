// Reads the ledger from its beginning as one server stream.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.hpp"

namespace hq::bench {

// The first `events` records; events a second. kInternal if fewer come or a chunk is malformed.
Result<double> ReadFromTheBeginning(const std::string& address, const std::string& token,
                                    std::uint64_t events);

}  // namespace hq::bench
