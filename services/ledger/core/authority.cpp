#include "services/ledger/core/authority.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/core/emergency_stop.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kItself = "ledger";
constexpr std::string_view kAdminRole = "hq_admin";

constexpr std::array kCategories = {
    Category{"ledger", "ledger", EffectRule::kNone},
    Category{"cell", "decision", EffectRule::kNone},
    Category{"cell_lock", "decision", EffectRule::kNone},
    Category{"kill_switch", "decision", EffectRule::kNone},
    Category{"policy", "decision", EffectRule::kNone},
    Category{"decision", "decision", EffectRule::kNone},
    Category{"approval", "decision", EffectRule::kNone},
    Category{"violation", "decision", EffectRule::kNone},
    Category{"release", "sync", EffectRule::kNone},
    Category{"sync_plan", "sync", EffectRule::kNone},
    Category{"rollout", "sync", EffectRule::kNone},
    Category{"rollout_fence", "sync", EffectRule::kNone},
    Category{"cell_rollout", "sync", EffectRule::kNone},
    Category{"conflict", "sync", EffectRule::kNone},
    Category{"migration", "sync", EffectRule::kNone},
    Category{"sync_effect", "sync", EffectRule::kFenced},
    Category{"price_book", "billing", EffectRule::kNone},
    Category{"budget", "billing", EffectRule::kNone},
    Category{"month", "billing", EffectRule::kNone},
    Category{"invoice", "billing", EffectRule::kNone},
    Category{"route", "notify", EffectRule::kNone},
    Category{"incident", "notify", EffectRule::kNone},
    Category{"delivery", "notify", EffectRule::kFree},
};

Status Denied(const std::string& message, std::string_view reason, std::string_view next_step) {
  return Refusal(absl::StatusCode::kPermissionDenied, message, reason, next_step);
}

const Category* FindCategory(std::string_view name) {
  const auto it = std::find_if(kCategories.begin(), kCategories.end(),
                               [name](const Category& category) { return category.name == name; });
  return it == kCategories.end() ? nullptr : &*it;
}

// An import: the ledger itself, for an HQ admin. What it appends says in its own bytes that it was
// imported, so it may bear any event's name: an old deploy_failed is no aggregate's deploy_failed.
Status CheckImportedEntry(const v1::AppendRequest& request, const v1::StreamAppend& append) {
  if (request.role() != kAdminRole || request.actor().empty())
    return Denied("entries are imported for an HQ admin only", "ROLE_NOT_ALLOWED",
                  "Name the HQ admin as the actor.");
  for (const auto& event : append.events())
    if (append.stream() != std::string(kEntryCategory) + "-" + event.branch() || event.has_data() ||
        event.source_line().empty())
      return Denied("an imported entry has a source line, no data, and its cell's stream",
                    "EVENT_NOT_YOURS", "Append to entry-{branch} what a document holds.");
  return absl::OkStatus();
}

Status CheckNoSource(const v1::StreamAppend& append) {
  for (const auto& event : append.events())
    if (!event.source_id().empty() || !event.source_line().empty())
      return Denied("only the ledger's own imports name a source", "SOURCE_NOT_YOURS",
                    "Leave source_id and source_line empty, or import the document.");
  return absl::OkStatus();
}

Status CheckEntry(const Appender& appender, const v1::StreamAppend& append) {
  const std::string_view cell = IdOf(append.stream());
  if (CategoryOf(append.stream()) != kEntryCategory || cell.empty())
    return Denied("that stream is not the caller's to write", "CATEGORY_NOT_YOURS",
                  "Append plain entries to entry-{cell}.");
  if (!appender.cells.empty() && !appender.cells.contains(std::string(cell)))
    return Denied("that cell is not the caller's", "NOT_YOUR_CELL", "Name one of your own cells.");
  for (const auto& event : append.events()) {
    if (event.branch() != cell)
      return Denied("the entry's branch is not its stream's cell", "NOT_YOUR_CELL",
                    "Append to entry-{branch}.");
    if (event.has_data() || EventTypes().contains(event.event()))
      return Denied("an event of that kind is not the caller's to append", "EVENT_NOT_YOURS",
                    "Give a plain entry a name that no aggregate owns, and no data.");
  }
  return absl::OkStatus();
}

// An aggregate's events are written by the service whose package declares them; effects by whoever
// owns a category of effects.
Status CheckEventOwner(const Category& category, const v1::NewEvent& event) {
  if (!event.has_data())
    return Refusal(absl::StatusCode::kInvalidArgument, "an aggregate's event has data",
                   "INVALID_FIELD", "Put the event message into data.");
  const auto type = EventTypes().find(event.event());
  if (type == EventTypes().end())
    return Refusal(absl::StatusCode::kInvalidArgument, "no such event", "UNKNOWN_EVENT",
                   "Name an event of the protos; if it is one, update the ledger first.");
  const auto* aggregate = type->second.aggregate;
  const bool is_effect = aggregate == v1::EffectEvent::descriptor();
  const bool belongs =
      is_effect ? category.effects != EffectRule::kNone
                : category.effects == EffectRule::kNone &&
                      aggregate->file()->package() == "hq." + std::string(category.owner) + ".v1";
  if (belongs) return absl::OkStatus();
  return Denied("that event does not belong into streams of that category", "EVENT_NOT_YOURS",
                "Append the aggregate's own events.");
}

Status MissingFence(const std::string& stream) {
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "an attempt needs the fence " + stream + " as its condition", "FENCE_MISSING",
                 "Ask decision.Authorize again and put all of its fences on the append.");
}

Status CheckFences(const Category& category, const v1::AppendRequest& request,
                   const v1::NewEvent& event) {
  v1::EffectEvent effect;
  if (!event.data().UnpackTo(&effect) || !effect.has_effect_attempted()) return absl::OkStatus();
  const auto& fences = effect.effect_attempted().fences();
  for (const auto& fence : fences) {
    const bool is_condition = std::any_of(request.conditions().begin(), request.conditions().end(),
                                          [&fence](const v1::Condition& condition) {
                                            return condition.stream() == fence.stream() &&
                                                   condition.version() == fence.version();
                                          });
    if (!is_condition) return MissingFence(fence.stream());
  }
  if (category.effects != EffectRule::kFenced) return absl::OkStatus();
  const std::vector<std::string> required = {"kill_switch-global", "kill_switch-" + event.branch(),
                                             "cell_lock-" + event.branch(), "policy"};
  for (const auto& stream : required) {
    const bool is_listed =
        std::any_of(fences.begin(), fences.end(),
                    [&stream](const v1::Fence& fence) { return fence.stream() == stream; });
    if (!is_listed) return MissingFence(stream);
  }
  return absl::OkStatus();
}

Status CheckServiceStream(const Appender& appender, const v1::AppendRequest& request,
                          const v1::StreamAppend& append) {
  const Category* category = FindCategory(CategoryOf(append.stream()));
  if (!category || category->owner != appender.principal)
    return Denied("that stream is another service's to write", "CATEGORY_NOT_YOURS",
                  "Call the service that owns it.");
  for (const auto& event : append.events()) {
    HQ_RETURN_IF_ERROR(CheckEventOwner(*category, event));
    HQ_RETURN_IF_ERROR(CheckFences(*category, request, event));
  }
  return absl::OkStatus();
}

// What an append depends on tells of what is there. Who may not read the ledger, or only the own
// cells, depends on the own entries alone.
Status CheckConditions(const Appender& appender, const v1::AppendRequest& request) {
  if (appender.IsService() || (appender.may_read && appender.cells.empty()))
    return absl::OkStatus();
  for (const auto& condition : request.conditions()) {
    const std::string cell(IdOf(condition.stream()));
    const bool is_own = CategoryOf(condition.stream()) == kEntryCategory &&
                        (appender.cells.empty() || appender.cells.contains(cell));
    if (!is_own)
      return Denied("that condition is not the caller's to ask", "CONDITION_NOT_YOURS",
                    "Depend on entry-{cell} of your own cells.");
  }
  if (!appender.may_read && request.no_matches_size() > 0)
    return Denied("that condition is not the caller's to ask", "CONDITION_NOT_YOURS",
                  "Ask for a role that may read the ledger.");
  return absl::OkStatus();
}

Status CheckOne(const Appender& appender, const v1::AppendRequest& request,
                const v1::StreamAppend& append) {
  HQ_RETURN_IF_ERROR(CheckNoSource(append));
  if (appender.IsService()) return CheckServiceStream(appender, request, append);
  if (IsEmergencyStop(appender, append)) return CheckEmergencyStop(appender, append);
  return CheckEntry(appender, append);
}

}  // namespace

std::span<const Category> Categories() { return kCategories; }

Status CheckAuthority(const Appender& appender, const v1::AppendRequest& request) {
  const bool is_import = appender.IsService() && appender.principal == kItself &&
                         CategoryOf(request.appends(0).stream()) == kEntryCategory;
  for (const auto& append : request.appends())
    HQ_RETURN_IF_ERROR(is_import ? CheckImportedEntry(request, append)
                                 : CheckOne(appender, request, append));
  return CheckConditions(appender, request);
}

Status CheckImportAuthority(const Appender& appender) {
  if (appender.role == kAdminRole) return absl::OkStatus();
  return Denied("documents are imported by HQ admins", "ROLE_NOT_ALLOWED", "Ask an HQ admin.");
}

Status CheckBlobAuthority(const Appender& appender) {
  if (appender.IsService() || appender.role == kAdminRole) return absl::OkStatus();
  return Denied("blobs are stored by services and HQ admins", "ROLE_NOT_ALLOWED",
                "Ask an HQ admin.");
}

}  // namespace hq::ledger
