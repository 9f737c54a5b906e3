// The cells as sync must know them: where they are, and what keeps HQ away from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/projection/view.hpp"
#include "hq/decision/v1/decision_service.pb.h"

namespace hq::sync {

// Thread-safe.
class Fleet final : public projection::View {
 public:
  explicit Fleet(rocks::Database& database) : View(database, "sync.fleet", 2) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // Every cell that has not left the fleet, by id.
  std::vector<decision::v1::Cell> All() const;
  // Whether the kill switch is engaged for the whole fleet, by somebody or by a restore of the
  // ledger.
  bool IsStopped() const;
};

}  // namespace hq::sync
