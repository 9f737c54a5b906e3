// Which records a reader may and wants to see. Pure; time bounds and positions are ranges and
// handled by the one who scans.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "services/ledger/core/index_fields.hpp"

namespace hq::ledger {

struct Selection {
  std::set<std::string> branches;  // Empty means all.
  std::string stream;
  std::string event;
  std::string category;
  std::string actor;
  std::string correlation_id;

  // Neither narrowed by the caller's cells nor by a filter.
  bool IsEverything() const {
    return branches.empty() && stream.empty() && event.empty() && category.empty() &&
           actor.empty() && correlation_id.empty();
  }
  bool Matches(const IndexFields& fields) const;
};

// What a caller bound to `cells` (empty: to none) gets for a request with this branch and filter.
// kInvalidArgument for a name that cannot be one; kPermissionDenied for another owner's cell.
Result<Selection> SelectionOf(const std::set<std::string>& cells, const std::string& branch,
                              const v1::Filter& filter);

// The key of the narrowest posting list that holds every record of the selection; nothing if that
// is the whole log.
std::optional<std::string> NarrowestKey(const Selection& selection);

// What a NoMatch asks about. kInvalidArgument if it names no field, or times; kPermissionDenied as
// above.
Result<Selection> SelectionOf(const std::set<std::string>& cells, const v1::NoMatch& no_match);

}  // namespace hq::ledger
