// The three steps from an append that waits to its answer: staged in a group, written with one
// sync, answered. Without threads: the committer has them, a simulation takes the steps in any
// order that its threads could.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "common/base/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "common/transparency/proof.hpp"
#include "services/ledger/adapters/log_index.hpp"
#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/adapters/submission.hpp"
#include "services/ledger/adapters/write_path_stats.hpp"
#include "services/ledger/core/commit_group.hpp"

namespace hq::ledger {

// Where the durable ledger ends: its chain and its tree.
struct DurableHead {
  ChainHead chain;
  TreeHead tree;
};

// A group and those who wait for it.
struct CommitBatch {
  struct Answer {
    Submission submission;
    Result<v1::AppendResponse> result;
  };

  CommitBatch(const History& history, const ChainHead& head, std::int64_t now_us)
      : group(history, head, now_us) {}

  CommitGroup group;
  std::vector<Answer> answers;  // Refusals too: they rest on what is staged before them.
  TreeHead tree;
  std::size_t waiting = 0;  // Appends behind it when it was staged.
};

// Each step belongs to one thread at a time and takes batches in the order in which they were
// staged; different steps may be of different threads. Head, WaitPast and Fill are thread-safe.
class CommitSteps {
 public:
  // All outlive it. `head` is where the store's chain and the index end.
  CommitSteps(RocksStore& store, LogIndex& index, DurableHead head, Clock& clock,
              runtime::Metrics& metrics);

  // Decides the first of `waiting`, which is not empty, as many as one group may have, and takes
  // them out. From then on the index and the next group know of them.
  std::unique_ptr<CommitBatch> Stage(std::deque<Submission>& waiting);

  // On disk when it returns; then everybody may see it.
  void Write(CommitBatch& batch);

  // Only after Write. Then those who wait for news are woken.
  void Answer(CommitBatch& batch);

  DurableHead Head() const;

  // Waits until the durable position is past `position`, for `timeout` at most, and returns it.
  Position WaitPast(Position position, std::chrono::milliseconds timeout, std::stop_token stop);

  // What was done, into the ledger's status.
  void Fill(v1::LedgerStatus& status) const { stats_.Fill(status); }

 private:
  RocksStore& store_;
  LogIndex& index_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  WritePathStats stats_;

  DurableHead head_;  // Of all that is staged; of whoever stages.

  mutable std::mutex durable_mutex_;
  std::condition_variable_any advanced_;
  DurableHead durable_;
};

}  // namespace hq::ledger
