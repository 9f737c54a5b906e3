// What each of the files promises that say how rollouts are made.
#pragma once

#include <string>
#include <string_view>

namespace hq::fuzz {

// Whether sync took `bytes` as the file of that path.
bool CheckPlanFile(const std::string& file, std::string_view bytes);

}  // namespace hq::fuzz
