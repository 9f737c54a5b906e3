// Who may write what, as data: every stream category belongs to one service, and plain entries to
// those outside. One exception, core/emergency_stop: an HQ admin may engage a kill switch. Deny by
// default.
#pragma once

#include <span>
#include <string_view>

#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "services/ledger/core/appender.hpp"

namespace hq::ledger {

// What an attempt in a category of effects must rest on.
enum class EffectRule {
  kNone,    // No effects are recorded here.
  kFree,    // Effects need no fences.
  kFenced,  // Attempts need the kill switches, the cell's lock and the policy as fences.
};

struct Category {
  std::string_view name;
  std::string_view owner;  // The one service principal that may write it.
  EffectRule effects;
};

// The category of plain entries, one stream a cell: `entry-{cell}`.
inline constexpr std::string_view kEntryCategory = "entry";

// Every category that a service writes. `entry` is not among them: it is the outsiders'.
std::span<const Category> Categories();

// Whether the appender may write these streams and events; the ledger itself writes imported
// entries for an HQ admin, and nobody else names a source. kPermissionDenied (reasons
// CATEGORY_NOT_YOURS, NOT_YOUR_CELL, EVENT_NOT_YOURS, SOURCE_NOT_YOURS, ROLE_NOT_ALLOWED,
// CONDITION_NOT_YOURS), kInvalidArgument for an event without data where there must be some,
// kFailedPrecondition (reason FENCE_MISSING) for an attempt without its fences. The request is
// well-formed already.
Status CheckAuthority(const Appender& appender, const v1::AppendRequest& request);

// Whether the caller may import documents: HQ admins.
Status CheckImportAuthority(const Appender& appender);

// Whether the appender may store blobs: services and HQ admins.
Status CheckBlobAuthority(const Appender& appender);

}  // namespace hq::ledger
