// Where records are announced: a stream of messages with rising sequences, of which the ledger is
// the only publisher. Nothing is stored there but behind the sequence that the publisher expects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "services/ledger/core/announcement.hpp"

namespace hq::ledger {

// Not thread-safe: belongs to the announcer's thread, or to a recovery. All may return
// kUnavailable: try again later.
class AnnouncementStream {
 public:
  struct State {
    std::uint64_t messages = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t last_sequence = 0;  // Stays when everything has aged out.
  };

  virtual ~AnnouncementStream() = default;

  // Its state; makes it if it is absent.
  virtual Result<State> Ensure() = 0;

  // A stored message's payload; nothing if it is gone.
  virtual Result<std::optional<std::string>> PayloadAt(std::uint64_t sequence) = 0;

  // Publishes in order, all in flight at once, each on condition that nothing but its predecessor
  // came before it: each but the first names it in Nats-Expected-Last-Msg-Id. Returns the sequence
  // of the last. On kUnavailable any number of them may be stored: read the state again. The error
  // is the last one's: what was wrong with an earlier one is told only where that is published
  // alone.
  virtual Result<std::uint64_t> Publish(const std::vector<Announcement>& announcements,
                                        std::uint64_t last_sequence) = 0;
};

}  // namespace hq::ledger
