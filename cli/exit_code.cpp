#include "cli/exit_code.hpp"

namespace hq::cli {

ExitCode ExitCodeOf(const Status& status) {
  if (status.ok()) return kOk;
  if (absl::IsInvalidArgument(status) || absl::IsOutOfRange(status)) return kUsage;
  if (absl::IsNotFound(status)) return kNotFound;
  if (absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status)) return kDenied;
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return kUnavailable;
  const bool is_conflict = absl::IsAlreadyExists(status) || absl::IsAborted(status) ||
                           absl::IsFailedPrecondition(status) || absl::IsResourceExhausted(status);
  return is_conflict ? kConflict : kFailure;
}

}  // namespace hq::cli
