// Makes history: takes appends from a bounded queue, decides and stages them in groups, writes each
// group with one sync, and answers only what is on disk. While one group is on its way to the disk
// the next is made.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
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

// Thread-safe.
class Committer {
 public:
  // All outlive it. `head` is where the store's chain and the index end.
  Committer(RocksStore& store, LogIndex& index, DurableHead head, Clock& clock,
            runtime::Metrics& metrics);

  // Writes and answers what is queued.
  ~Committer();

  // `done` is called from a thread of the committer's, or at once with kResourceExhausted (reason
  // QUEUE_FULL) or kUnavailable (stopping).
  void Submit(Submission submission);

  DurableHead Head() const;

  // Waits until the durable position is past `position`, for `timeout` at most, and returns it.
  Position WaitPast(Position position, std::chrono::milliseconds timeout, std::stop_token stop);

  std::size_t queue_depth() const;

  // What it has done, into the ledger's status.
  void Fill(v1::LedgerStatus& status) const { stats_.Fill(status); }

 private:
  struct Answer {
    Submission submission;
    Result<v1::AppendResponse> result;
  };
  struct Batch;

  // A place for one batch between two threads.
  struct Slot {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_ptr<Batch> batch;
    bool is_closed = false;

    void Put(std::unique_ptr<Batch> put);  // Waits until the place is free.
    std::unique_ptr<Batch> Take();         // Waits; null once it is closed and empty.
    void Close();
  };

  void Stage();
  void Write();
  void Reply();
  std::deque<Submission> Next();
  std::unique_ptr<Batch> StageBatch(std::deque<Submission>& waiting);
  void WriteBatch(Batch& batch);
  void ReplyTo(Batch& batch);

  RocksStore& store_;
  LogIndex& index_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  WritePathStats stats_;

  DurableHead head_;  // Of all that is staged; of the staging thread.

  mutable std::mutex queue_mutex_;
  std::condition_variable queued_;
  std::deque<Submission> queue_;
  std::size_t queue_bytes_ = 0;
  bool is_stopping_ = false;

  mutable std::mutex durable_mutex_;
  std::condition_variable_any advanced_;
  DurableHead durable_;

  Slot to_write_;
  Slot to_reply_;
  std::atomic<unsigned> under_way_ = 0;  // Batches behind the staging thread.

  std::thread stager_;  // Last: they use all of the above.
  std::thread writer_;
  std::thread replier_;
};

}  // namespace hq::ledger
