// The one thread that makes history: takes appends from a bounded queue, writes them in groups with
// one sync each, and answers only what is on disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/commit_group.hpp"

namespace hq::ledger {

// Thread-safe.
class Committer {
 public:
  // All outlive it. `head` is where the store's chain ends.
  Committer(RocksStore& store, ChainHead head, Clock& clock, runtime::Metrics& metrics);

  // Writes and answers what is queued.
  ~Committer();

  // `done` is called from the committer's thread, or at once with kResourceExhausted (reason
  // QUEUE_FULL) or kUnavailable (stopping).
  void Submit(Submission submission);

  // Where the durable chain ends.
  ChainHead Head() const;

  // Waits until the durable position is past `position`, for `timeout` at most, and returns it.
  Position WaitPast(Position position, std::chrono::milliseconds timeout, std::stop_token stop);

 private:
  void Run();
  std::deque<Submission> Next();
  void Commit(std::deque<Submission>& waiting);
  void Publish();
  void Count(CommitGroup& group, std::size_t waiting);

  RocksStore& store_;
  Clock& clock_;
  runtime::Metrics& metrics_;

  ChainHead head_;     // Of the committer's thread.
  StreamHeads heads_;  // Of the committer's thread.

  mutable std::mutex queue_mutex_;
  std::condition_variable queued_;
  std::deque<Submission> queue_;
  std::size_t queue_bytes_ = 0;
  bool is_stopping_ = false;

  mutable std::mutex durable_mutex_;
  std::condition_variable_any advanced_;
  ChainHead durable_;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace hq::ledger
