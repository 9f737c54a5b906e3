// The releases on the ledger, by id and by the name under which they were asked for.
#pragma once

#include <optional>
#include <string>

#include "common/projection/view.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::sync {

struct ReleaseRow {
  v1::ReleaseCreated created;
  bool is_quarantined = false;
};

// Thread-safe.
class Releases final : public projection::View {
 public:
  explicit Releases(rocks::Database& database) : View(database, "sync.releases", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;

  std::optional<ReleaseRow> Find(const std::string& release_id) const;
  // The latest release that was asked for under that name, e.g. a tag.
  std::optional<ReleaseRow> FindBySource(const std::string& source_ref) const;
};

}  // namespace hq::sync
