// Where appends wait for the committer. Bounded in number and bytes: what does not fit is refused
// at once.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "services/ledger/adapters/submission.hpp"

namespace hq::ledger {

// Thread-safe. Whoever has the turn may take, decide and commit; meanwhile all others only add.
class AppendQueue {
 public:
  AppendQueue() = default;
  // Answers whatever still waits with kUnavailable.
  ~AppendQueue();

  AppendQueue(const AppendQueue&) = delete;
  AppendQueue& operator=(const AppendQueue&) = delete;

  // Takes it, or answers it at once: kResourceExhausted (reason QUEUE_FULL), kUnavailable (closed).
  void Submit(Submission submission);

  // Everything that waits, perhaps nothing.
  std::deque<Submission> Take();
  // Waits until there is something and nobody has the turn, and takes both; nothing, and no turn,
  // once it is closed and empty.
  std::deque<Submission> WaitAndTake();
  // Takes the turn if nobody has it and nothing waits: what the caller brings is next.
  bool TryTurn();
  void EndTurn();

  // From now on appends are refused.
  void Close();

  std::size_t depth() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Submission> waiting_;
  std::size_t bytes_ = 0;
  bool has_turn_ = false;  // Whether somebody has it.
  bool is_closed_ = false;
};

}  // namespace hq::ledger
