#include "services/ledger/core/disk_guard.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

constexpr std::array<std::string_view, 5> kSystemCategories = {"ledger", "kill_switch", "cell_lock",
                                                               "delivery", "incident"};

}  // namespace

DiskThresholds ThresholdsFor(std::uint64_t reserve_bytes) {
  return {reserve_bytes, reserve_bytes / 4};
}

v1::DiskState StateOf(std::uint64_t free_bytes, const DiskThresholds& thresholds) {
  if (free_bytes < thresholds.floor_bytes) return v1::DISK_STATE_FLOOR;
  if (free_bytes < thresholds.reserve_bytes) return v1::DISK_STATE_RESERVE;
  return v1::DISK_STATE_AMPLE;
}

bool IsSystemAppend(const v1::AppendRequest& request) {
  if (request.appends().empty()) return false;
  return std::all_of(request.appends().begin(), request.appends().end(), [](const auto& append) {
    const std::string_view category = CategoryOf(append.stream());
    return std::find(kSystemCategories.begin(), kSystemCategories.end(), category) !=
           kSystemCategories.end();
  });
}

Status CheckDisk(v1::DiskState state, bool is_system) {
  const bool is_taken =
      state == v1::DISK_STATE_AMPLE || (state == v1::DISK_STATE_RESERVE && is_system);
  if (is_taken) return absl::OkStatus();
  return Refusal(absl::StatusCode::kResourceExhausted,
                 "the ledger's disk is full; nothing was appended", "DISK_FULL",
                 "Make room on the ledger's disk or give it a larger one (hqctl ledger status); "
                 "then the same command is taken.");
}

}  // namespace hq::ledger
