// Every rollout as it stands, for people and for the driver. Rows hold the events that the cores'
// own folds need, so that a phase means here what it means there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/projection/view.hpp"
#include "hq/sync/v1/sync_service.pb.h"

namespace hq::sync {

// Thread-safe.
class Rollouts final : public projection::View {
 public:
  explicit Rollouts(rocks::Database& database) : View(database, "sync.rollouts", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  std::optional<v1::Rollout> Find(const std::string& rollout_id) const;
  std::vector<v1::Rollout> Newest(std::size_t limit) const;
  // Running or rolling back; newest first, so that what came last is taken back first.
  std::vector<std::string> Active() const;
  // Active or paused; newest first.
  std::vector<std::string> Unfinished() const;
  // Started at that position or later; newest first.
  std::vector<std::string> StartedSince(Position position) const;
  // All of one release that were started; newest first.
  std::vector<std::string> OfRelease(const std::string& release_id) const;

 private:
  struct Entry {
    v1::Rollout rollout;
    Position started = 0;
  };
  std::vector<Entry> NewestEntries() const;
};

}  // namespace hq::sync
