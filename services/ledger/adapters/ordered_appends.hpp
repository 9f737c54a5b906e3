// Many appends, several under way at once, taken by the ledger in the order in which they are
// given: as soon as one is refused no later one is sent before it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "common/events/event_log.hpp"

namespace hq::ledger {

// Used by one thread.
class OrderedAppends {
 public:
  // Called for every append that the ledger has taken, in order.
  using OnTaken = std::function<void(const v1::AppendResponse&)>;
  // Asked while waiting, some ten times a second: false gives up.
  using GoOn = std::function<bool()>;

  // `log` outlives it, and must know at once, as the ledger in this process does, when its queue is
  // full: an append refused later could let a younger one pass.
  OrderedAppends(EventLog& log, OnTaken on_taken, GoOn go_on);

  // Waits for those under way.
  ~OrderedAppends();

  // Waits for room. The first refusal of an earlier append, or of this one; kCancelled. After that
  // nothing more is sent. A full queue is tried again for ten seconds.
  Status Add(v1::AppendRequest request);

  // Waits until all are taken. Codes as Add.
  Status Finish();

 private:
  struct Sent {
    v1::AppendRequest request;
    std::size_t bytes = 0;
    std::optional<Result<v1::AppendResponse>> result;
  };

  void Send(const std::shared_ptr<Sent>& sent);
  // Until no more than these are not answered. kCancelled.
  Status WaitUntil(std::size_t count_max, std::size_t bytes_max);
  // Reports what is taken; sees to what is refused.
  Status Settle();
  // Until it is taken, or refused for good. Nothing else is under way.
  Status SendUntilTaken(const std::shared_ptr<Sent>& sent);
  bool IsAnyRefused();

  EventLog& log_;
  const OnTaken on_taken_;
  const GoOn go_on_;

  std::mutex mutex_;
  std::condition_variable answered_;
  std::size_t under_way_ = 0;
  std::size_t bytes_under_way_ = 0;
  std::deque<std::shared_ptr<Sent>> sent_;  // Not reported yet, in order.
};

}  // namespace hq::ledger
