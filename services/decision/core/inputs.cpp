#include "services/decision/core/inputs.hpp"

#include "common/base/ids.hpp"
#include "common/base/text.hpp"
#include "services/decision/core/kill_switch.hpp"

namespace hq::decision {

Status CheckCellId(std::string_view id) {
  const bool is_reserved = id == kHqBranch || id == KillSwitch::kGlobal;
  if (IsCellId(id) && !is_reserved) return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument,
                 "not a cell's id: " + Shown(id) + " (^[a-z0-9-]{1,63}$; hq and global are taken)",
                 "MALFORMED_CELL_ID", "Name a cell as the registry does.");
}

Status RequireAdmin(const CommandMeta& meta, std::string_view what) {
  if (meta.role == "hq_admin") return absl::OkStatus();
  return Refusal(absl::StatusCode::kPermissionDenied, "only an HQ admin may " + std::string(what),
                 "ADMIN_NEEDED", "Ask an HQ admin.");
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 80;
  return "\"" + ValidUtf8(text, kShownBytesMax) + "\"";
}

}  // namespace hq::decision
