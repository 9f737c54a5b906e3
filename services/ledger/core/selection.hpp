// Which records a reader may and wants to see. Pure; time bounds and positions are ranges and
// handled by the one who scans.
#pragma once

#include <set>
#include <string>

#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {

struct Selection {
  std::set<std::string> branches;  // Empty means all.
  std::string stream;
  std::string event;
  std::string category;

  // Neither narrowed by the caller's cells nor by a filter.
  bool IsEverything() const {
    return branches.empty() && stream.empty() && event.empty() && category.empty();
  }
  bool Matches(const v1::Record& record) const;
};

// What a caller bound to `cells` (empty: to none) gets for a request with this branch and filter.
// kInvalidArgument for a name that cannot be one; kPermissionDenied for another owner's cell.
Result<Selection> SelectionOf(const std::set<std::string>& cells, const std::string& branch,
                              const v1::Filter& filter);

}  // namespace hq::ledger
