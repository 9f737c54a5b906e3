// What is in force: the rules, and the kill switches that are engaged, by somebody or by a restore
// of the ledger.
#pragma once

#include "common/projection/view.hpp"
#include "hq/decision/v1/decision_service.pb.h"

namespace hq::decision {

class Policies final : public projection::View {
 public:
  explicit Policies(rocks::Database& database) : View(database, "policies", 2) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // Without position. Before a policy was applied, the rules are the whitepaper's. Any thread.
  v1::GetPolicyResponse InForce() const;
};

}  // namespace hq::decision
