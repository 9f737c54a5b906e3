// Every cell as it stands: its entry, lock, maintenance, own kill switch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/projection/view.hpp"
#include "hq/decision/v1/decision_service.pb.h"

namespace hq::decision {

class Cells final : public projection::View {
 public:
  explicit Cells(rocks::Database& database) : View(database, "cells", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // In the order of their ids, retired ones too. Any thread.
  std::vector<v1::Cell> All() const;
  std::optional<v1::Cell> Find(std::string_view id) const;
};

}  // namespace hq::decision
