// Which releases exist, and which of them a canary has verified: what `ledger-mandatory` and
// `canary-first` ask. A release that is quarantined must be verified again.
#pragma once

#include <string_view>

#include "common/projection/view.hpp"

namespace hq::decision {

class ReleasesOnLedger final : public projection::View {
 public:
  explicit ReleasesOnLedger(rocks::Database& database) : View(database, "releases_on_ledger", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // Any thread.
  bool IsKnown(std::string_view release_id) const;
  bool IsVerifiedOnCanary(std::string_view release_id) const;
};

}  // namespace hq::decision
