// decision-engine.json: a file engages stops and releases none.
#include "services/decision/adapters/files/decision_engine_file.hpp"

#include "common/base/check.hpp"
#include "services/decision/core/inputs.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool DecisionEngineFile(std::string_view bytes) {
  const std::string file = "registry/decision-engine.json";
  const auto parsed = decision::DecisionEngineFile::Parse(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  for (const std::string& cell : parsed->cells_into_maintenance)
    HQ_CHECK(decision::CheckCellId(cell).ok(), "only a cell enters maintenance");
  return true;
}

}  // namespace hq::fuzz
