// Prices one usage and adds it up, exactly: integers of nano-units, rounded in PriceOf and nowhere
// else. A cost that the caller claims is only compared (ruling D-4).
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <string>

#include "hq/billing/v1/billing_service.pb.h"
#include "hq/billing/v1/events.pb.h"
#include "hq/ledger/v1/record.pb.h"

namespace hq::billing {

// What was known when the usage happened. Both may be absent: then it has no price.
struct Pricing {
  const v1::PriceBookApplied* book = nullptr;
  std::string tier;
};

// Adds the record's tokens and their price to its cell's month. Sums stop at the largest number
// that can be written down instead of overflowing.
void AddUsage(v1::Usage& usage, const ledger::v1::Record& record, const Pricing& pricing);

}  // namespace hq::billing
