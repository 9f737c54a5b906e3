// The command that one entry of branches.json amounts to. A file engages a stop (maintenance) but
// never releases one, so there is no way to say "leave maintenance" here.
#pragma once

#include <string>

#include "hq/decision/v1/events.pb.h"

namespace hq::decision {

struct ApplyCell {
  v1::CellEntry entry;
  bool enters_maintenance = false;
  bool retires = false;
  std::string path;  // Where it stands in its file, e.g. "$.branches[2]", for faults.
};

}  // namespace hq::decision
