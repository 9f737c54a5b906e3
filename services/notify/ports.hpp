// The world outside notify: the channels by which people are reached, and the ledger as something
// that may be down.
#pragma once

#include <chrono>
#include <string>

#include "hq/notify/v1/notice.pb.h"
#include "services/notify/core/outage.hpp"

namespace hq::notify {

// One message on its way out.
struct Message {
  std::string delivery_id;  // Sent along, so that a receiver may recognise a repetition.
  std::string url;          // Where to; may hold a secret: never logged, never recorded.
  v1::Notice notice;
};

// What became of one attempt.
struct Answer {
  enum class Kind {
    kTaken,    // The channel has it.
    kRefused,  // For good: repeating it would be refused again.
    kNotNow,   // Not taken; may be tried again.
    kUnknown,  // Perhaps taken; may be tried again, and may then be doubled.
  };
  Kind kind = Kind::kUnknown;
  std::chrono::milliseconds retry_after{0};  // The channel's own wish; 0 if it has none.
  std::string text;                          // For people; no URL, no secret.
};

// Thread-safe.
class Channel {
 public:
  virtual ~Channel() = default;

  // Makes one attempt, which ends within `timeout`.
  virtual Answer Send(const Message& message, std::chrono::milliseconds timeout) = 0;
};

// The ledger as one who looks from outside sees it: serving or not.
class LedgerProbe {
 public:
  virtual ~LedgerProbe() = default;

  // One look, which ends within seconds. It never fails: that nothing answers is a sighting too.
  virtual Sighting Look() = 0;
};

}  // namespace hq::notify
