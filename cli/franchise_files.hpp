// The configuration files of a franchise folder, each with the service that owns it, in the order
// in which they are applied: prices before cells that are priced, cells before what refers to them.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::cli {

// The ledger reads its file when it starts (HQ_BACKUP_POLICY_FILE): it is not applied.
enum class Owner { kDecision, kSync, kBilling, kNotify, kLedger, kNobodyYet };

struct FranchiseFile {
  std::string path;  // In the HQ repository, e.g. "registry/branches.json".
  Owner owner = Owner::kNobodyYet;
  std::string content;
};

std::string NameOf(Owner owner);

// All files below `directory`, or below its folder `hq` if it has one. kNotFound if there are none,
// kInvalidArgument naming a JSON file that no service knows or that is too large.
Result<std::vector<FranchiseFile>> ReadFranchise(const std::string& directory);

}  // namespace hq::cli
