// Recognises strings that look like credentials, so that none gets into a configuration file, the
// ledger or a log. A heuristic that errs on the side of refusing.
#pragma once

#include <string_view>

namespace hq::config {

// What the text looks like, e.g. "a private key"; empty if like nothing secret. Never quotes it.
std::string_view SecretKindOf(std::string_view text);

}  // namespace hq::config
