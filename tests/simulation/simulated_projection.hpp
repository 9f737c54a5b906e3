// A service that keeps a view of the ledger, on a machine of its own: the real runner over the real
// database, a bell that lies, a link to the ledger that fails. At every moment its rows are a fold
// of the first records, as many as it says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/projection/runner.hpp"
#include "common/rocks/database.hpp"
#include "common/runtime/metrics.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/luck.hpp"
#include "tests/simulation/simulated_disk.hpp"
#include "tests/simulation/simulated_ledger.hpp"

namespace hq::testing {

// Counts, and digests what it was given in order: an event that comes twice, not at all or at
// another place shows.
class DigestView final : public projection::View {
 public:
  explicit DigestView(rocks::Database& database) : View(database, "digest", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override;
  static std::string Next(const std::string& digest, const std::string& bytes);

  std::string digest() const { return rows().Get("digest").value_or(""); }
  std::string count() const { return rows().Get("count").value_or("0"); }
  std::string CountOf(const std::string& stream) const {
    return rows().Get("stream/" + stream).value_or("0");
  }
};

class SimulatedProjection {
 public:
  // All outlive it.
  SimulatedProjection(Luck& luck, Journal& journal, SimulatedLedger& ledger);
  ~SimulatedProjection();

  void Open();
  // The bell rings: with news, old news, a lie or noise.
  void Ring();
  void CatchUp();
  // Its disk is full, or has room again.
  void FillDisk();
  void Kill();
  void LosePower();
  void Calm();

  Position position() const { return runner_ ? runner_->position() : 0; }
  // Whether the rows are the fold of all that is durable.
  void CheckComplete();

 private:
  class Link;

  // Calls into the views' process, which may end by it.
  void Serve(const std::function<void()>& call);
  void OpenViews();
  void Close(std::unique_ptr<SimulatedDisk> left);
  void Check();
  void CheckRows();

  Luck& luck_;
  Journal& journal_;
  SimulatedLedger& ledger_;
  bool is_full_ = false;
  unsigned openings_ = 0;

  std::unique_ptr<SimulatedDisk> disk_;
  runtime::Metrics metrics_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<rocks::Database> database_;
  std::unique_ptr<DigestView> view_;
  std::unique_ptr<projection::Runner> runner_;
};

}  // namespace hq::testing
