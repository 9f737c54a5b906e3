// Text from outside as valid UTF-8, which JSON and protobuf demand.
#pragma once

#include <cstddef>
#include <string>

namespace hq::sync {

// The text with every byte that is no UTF-8 replaced, cut between two characters.
std::string ValidUtf8(const std::string& text, std::size_t bytes_max);

}  // namespace hq::sync
