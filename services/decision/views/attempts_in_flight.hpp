// Attempts that have entered under a kill switch's fence and are neither settled nor abandoned:
// what may still be on the wire when a switch is engaged.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/projection/view.hpp"
#include "hq/decision/v1/decision_service.pb.h"

namespace hq::decision {

class AttemptsInFlight final : public projection::View {
 public:
  explicit AttemptsInFlight(rocks::Database& database) : View(database, "attempts_in_flight", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // Those that the switch concerns (`global`, or a cell's id) and that have not ended by `now`, in
  // the order of their streams. Any thread.
  std::vector<v1::AttemptInFlight> Under(std::string_view scope, TimePoint now) const;
};

}  // namespace hq::decision
