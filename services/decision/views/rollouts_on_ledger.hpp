// Which rollouts are planned, of which release, and which were ever started: what
// `ledger-mandatory` asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/projection/view.hpp"

namespace hq::decision {

class RolloutsOnLedger final : public projection::View {
 public:
  explicit RolloutsOnLedger(rocks::Database& database) : View(database, "rollouts_on_ledger", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  // The release that the rollout was planned for; nothing if it was never planned. Any thread.
  std::optional<std::string> ReleaseOf(std::string_view rollout_id) const;
  bool IsStarted(std::string_view rollout_id) const;
};

}  // namespace hq::decision
