// Files of public keys, as people hand them around.
#pragma once

#include <string>
#include <vector>

#include "common/transparency/verifier_key.hpp"

namespace hq::ledger {

// The verifier keys in a file, one a line; empty lines and those that begin with # are passed over.
// kInvalidArgument naming the line that is no key of that type, or if two have one name, or if
// there are more than 16; kNotFound if there is no such file; kUnavailable if it cannot be read.
Result<std::vector<VerifierKey>> ReadVerifierKeys(const std::string& path, KeyType type);

// The one key in a file. kInvalidArgument if there is not exactly one.
Result<VerifierKey> ReadVerifierKey(const std::string& path, KeyType type);

}  // namespace hq::ledger
