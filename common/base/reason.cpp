#include "common/base/reason.hpp"

#include <absl/strings/str_cat.h>

namespace hq {

Status CheckReason(std::string_view reason) {
  if (!reason.empty() && reason.size() <= kReasonBytesMax) return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument,
                 absl::StrCat("reason: must have 1 to ", kReasonBytesMax, " bytes"),
                 "REASON_NEEDED", "Say why, in a sentence that the next person will understand.");
}

}  // namespace hq
