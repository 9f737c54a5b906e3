// Makes history: takes appends from the queue, decides and stages them in groups, writes each group
// with one sync, and answers only what is on disk. While a large group is on its way to the disk
// the next is made. An append that comes while nothing else is under way, as the ones before it
// did, is committed where it comes from, and no thread is woken for it. What the steps are is
// commit_steps; this is their threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "services/ledger/adapters/append_queue.hpp"
#include "services/ledger/adapters/commit_steps.hpp"

namespace hq::ledger {

class Committer {
 public:
  // Both outlive it and are its own: nobody else takes from the queue or makes a step.
  Committer(AppendQueue& queue, CommitSteps& steps);

  // Closes the queue, writes and answers what is in it.
  ~Committer();

  // From any thread. Takes it, or answers it at once as AppendQueue::Submit does. May write it and
  // answer it before it returns, one caller at a time: no lock may be held that `done` takes.
  void Submit(Submission submission);

  // How many appends were taken from the queue and are in no group yet. From any thread.
  std::size_t left() const { return left_; }

 private:
  // A place for one batch between two threads.
  struct Slot {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_ptr<CommitBatch> batch;
    bool is_closed = false;

    void Put(std::unique_ptr<CommitBatch> put);  // Waits until the place is free.
    std::unique_ptr<CommitBatch> Take();         // Waits; null once it is closed and empty.
    void Close();
  };

  void Stage();
  // Stages, writes and answers. For whoever has the turn. What it throws ends the process: the next
  // group would be built on one that is not written.
  void Commit(std::deque<Submission> waiting) noexcept;
  // `is_last`: nothing waits behind it.
  void Count(const CommitBatch& batch, bool is_last);
  bool has_lone_caller() const;
  void Write();
  void Reply();

  AppendQueue& queue_;
  CommitSteps& steps_;

  std::atomic<std::size_t> left_ = 0;
  std::atomic<unsigned> lone_ = 0;  // Groups of one append in a row, behind which nothing waited.
  Slot to_write_;
  Slot to_reply_;
  std::atomic<unsigned> unwritten_ = 0;   // Batches handed on, until the writing thread is done.
  std::atomic<unsigned> unanswered_ = 0;  // Batches handed on, until they are answered.

  std::thread stager_;  // Last: they use all of the above.
  std::thread writer_;
  std::thread replier_;
};

}  // namespace hq::ledger
