// What archives refuse, in the same words whichever it is.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.hpp"

namespace hq::ledger {

inline constexpr std::size_t kArchiveBytesMax = 512ULL << 20;  // Of one file.

inline Status ArchiveAway(const std::string& why) {
  return Refusal(absl::StatusCode::kUnavailable, "the archive: " + why, "ARCHIVE_UNAVAILABLE",
                 "Try again; if it stays so, look at the archive and its credentials.");
}

inline Status ArchiveDiverged(const std::string& what) {
  return Refusal(absl::StatusCode::kAlreadyExists,
                 "the archive holds something else than this ledger: " + what, "ARCHIVE_DIVERGED",
                 "Give this ledger an archive of its own, or restore it from that one.");
}

inline Status NotInArchive(const std::string& name) {
  return Refusal(absl::StatusCode::kNotFound, "the archive has no " + name, "NOT_IN_ARCHIVE",
                 "List what it has.");
}

inline Status NoArchiveName(const std::string& name) {
  return Refusal(absl::StatusCode::kInvalidArgument, "no name of an archive's file: " + name,
                 "INVALID_NAME", "Use letters, digits, '.', '_', '-' and '/'.");
}

}  // namespace hq::ledger
