// Counts calls that are under way, so that a client can wait for its last one. gRPC must not see a
// channel's end from within one of its own callbacks: that would join the very thread it runs on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace hq::ledger {

// Thread-safe.
class CallsInFlight {
 public:
  // One call, from its making until all that it holds is gone.
  class Ticket {
   public:
    explicit Ticket(CallsInFlight& calls) : calls_(calls) {
      std::lock_guard lock(calls_.mutex_);
      ++calls_.count_;
    }
    ~Ticket() {
      std::lock_guard lock(calls_.mutex_);
      --calls_.count_;
      calls_.ended_.notify_all();
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // True once nobody waits for an answer any more.
    bool IsClosing() const {
      std::lock_guard lock(calls_.mutex_);
      return calls_.is_closing_;
    }

   private:
    CallsInFlight& calls_;
  };

  // Asks calls to end, and returns when the last has. Not from within a call.
  void Close() {
    std::unique_lock lock(mutex_);
    is_closing_ = true;
    ended_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t count_ = 0;
  bool is_closing_ = false;
};

}  // namespace hq::ledger
