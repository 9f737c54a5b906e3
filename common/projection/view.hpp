// A view is a fold over the whole ledger into rows. It is rebuilt by forgetting it, so it never
// performs effects and knows nothing but the records.
#pragma once

#include <memory>
#include <string>

#include "common/events/event_log.hpp"
#include "common/rocks/database.hpp"

namespace hq::projection {

class View {
 public:
  // `name` and `fold_version` key the rows and the checkpoint: raise the version whenever Apply
  // changes what it makes of a record, and the view is rebuilt.
  View(rocks::Database& database, std::string name, int fold_version)
      : prefix_("v/" + name + "/" + std::to_string(fold_version) + "/"),
        name_(std::move(name)),
        rows_(database.Under(prefix_)) {}
  virtual ~View() = default;

  const std::string& name() const { return name_; }
  const std::string& prefix() const { return prefix_; }

  // Folds one record in. Called in the order of positions, from one thread. An error stops the
  // view, loudly, until the process is started again: kFailedPrecondition for an event of a newer
  // version.
  virtual Status Apply(const Recorded& recorded, rocks::Rows& rows) = 0;

 protected:
  // Committed rows, for queries from any thread.
  const rocks::Reader& rows() const { return *rows_; }

 private:
  std::string prefix_;
  std::string name_;
  std::unique_ptr<rocks::Reader> rows_;
};

}  // namespace hq::projection
