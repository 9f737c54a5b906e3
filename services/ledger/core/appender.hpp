// The verified caller of an append, as the core sees it.
#pragma once

#include <set>
#include <string>

namespace hq::ledger {

struct Appender {
  std::string principal;
  std::string role;             // "service" for a service's own principal.
  std::set<std::string> cells;  // Empty means the whole fleet.
  bool may_read = true;         // Whether the role may read the ledger at all.

  bool IsService() const { return role == "service"; }
};

}  // namespace hq::ledger
