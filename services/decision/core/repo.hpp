// A cell's repository as the whitepaper spells it, in one spelling (ruling D-20).
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::decision {

// "dtslib1979/papafly" and "github.com/dtslib1979/papafly.git" become
// "github.com/dtslib1979/papafly"; a Git URL or an absolute path stays as it is. kInvalidArgument
// for anything else, and for a URL with a password in it.
Result<std::string> NormaliseRepo(std::string_view text);

}  // namespace hq::decision
