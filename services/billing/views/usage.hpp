// Tokens and exact cost per cell and UTC month, from every record that carries tokens. A usage is
// priced by the book and the cell's billing tier that were in force when it happened, as the ledger
// knew them when it was recorded: so a rebuilt view equals the live one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/projection/view.hpp"
#include "hq/billing/v1/billing_service.pb.h"
#include "hq/billing/v1/events.pb.h"

namespace hq::billing {

class Usage final : public projection::View {
 public:
  explicit Usage(rocks::Database& database) : View(database, "usage", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // By cell, then month, with the position up to which everything is counted and nothing after it:
  // both come from one snapshot. Any thread.
  v1::GetUsageResponse All() const;

  // Billing tiers of cells in the fleet that have no price in `book`; what must not be. Any thread.
  std::set<std::string> TiersWithoutPrice(const v1::PriceBookApplied& book) const;
};

}  // namespace hq::billing
