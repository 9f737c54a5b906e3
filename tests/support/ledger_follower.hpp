// A reader of the ledger that keeps a projection: a real runner over a view of its own, which folds
// every byte of every record. Two followers that have come equally far are equal, or one of them
// was shown something that was not to stay.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/projection/runner.hpp"
#include "common/runtime/metrics.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// One row a stream: the hash of its row before and of its newest record.
class StreamDigests final : public projection::View {
 public:
  explicit StreamDigests(rocks::Database& database) : View(database, "stream-digests", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override {
    if (recorded.record.position() == 1) ++beginnings_;
    const std::string before = rows.Get(recorded.record.stream()).value_or("");
    rows.Put(recorded.record.stream(), Sha256(before + recorded.bytes));
    return absl::OkStatus();
  }

  // How often the fold began at the first record. From any thread.
  int beginnings() const { return beginnings_; }

 private:
  std::atomic<int> beginnings_ = 0;
};

class LedgerFollower {
 public:
  // Nothing is read before CatchUp or Follow. `token` may read all.
  LedgerFollower(const std::string& address, std::string token)
      : log_(address, std::move(token)),
        database_(Opened(directory_ / "rows")),
        view_(*database_),
        runner_(log_, *database_, {&view_}, metrics_) {}

  // Follows on a thread of its own, over every absence of the ledger.
  void Follow() {
    thread_ = std::jthread([this](std::stop_token stop) { runner_.Run(std::move(stop)); });
  }

  // Reads up to the head, and follows no further. kUnavailable.
  Status CatchUp() {
    thread_ = {};  // ~jthread requests stop and joins.
    return runner_.CatchUp();
  }

  Position position() const { return runner_.position(); }

  // Whether the ledger ever made it forget what it had been shown.
  bool HasBegunAgain() const { return view_.beginnings() > 1; }

  // Of all rows and of the checkpoint. Not while it follows.
  std::string Digest() const {
    std::string all;
    for (const auto& [key, value] : database_->Everything()) all += Sha256(key) + Sha256(value);
    return Sha256(all);
  }

 private:
  static std::unique_ptr<rocks::Database> Opened(const std::string& directory) {
    auto database = rocks::Database::Open(directory);
    HQ_CHECK(database.ok(), database.status().ToString().c_str());
    return *std::move(database);
  }

  TempDir directory_;
  runtime::Metrics metrics_;
  ledger::LedgerClient log_;
  const std::unique_ptr<rocks::Database> database_;
  StreamDigests view_;
  projection::Runner runner_;
  std::jthread thread_;
};

// OK if a follower that begins anew comes to the same as this one, which was never made to begin
// again. It does not follow any more. The ledger may record something of its own meanwhile, so that
// the two have to meet.
inline Status CompareWithNew(LedgerFollower& follower, const std::string& address,
                             const std::string& token) {
  LedgerFollower anew(address, token);
  const bool have_met = Eventually([&] {
    return follower.CatchUp().ok() && anew.CatchUp().ok() && follower.position() == anew.position();
  });
  if (!have_met) return absl::UnavailableError("two followers do not come equally far");
  if (follower.HasBegunAgain()) return absl::DataLossError("a reader was shown what did not stay");
  if (follower.Digest() == anew.Digest()) return absl::OkStatus();
  return absl::DataLossError("two followers have come to different projections");
}

}  // namespace hq::testing
