// The sync plan and the conflict policy in force.
#pragma once

#include <optional>

#include "common/projection/view.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::sync {

// Thread-safe.
class Plans final : public projection::View {
 public:
  explicit Plans(rocks::Database& database) : View(database, "sync.plans", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // Nothing until one was applied.
  std::optional<v1::SyncPlanApplied> Plan() const;
  std::optional<v1::ConflictPolicyApplied> Conflicts() const;
};

}  // namespace hq::sync
