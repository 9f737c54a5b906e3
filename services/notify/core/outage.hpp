// Whether the ledger is down, and when people are told so: once that it is, once that it is back.
// Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/base/clock.hpp"

namespace hq::notify {

// What one look at the ledger showed.
struct Sighting {
  enum class Kind {
    kServing,
    kNotServing,  // It answers, and says that it does not do its work.
    kAway,        // It does not answer.
  };
  Kind kind = Kind::kServing;
  std::string detail;  // For people; empty while it serves.
};

// How long something must hold before people are told.
struct OutagePatience {
  std::chrono::milliseconds away{15'000};
  // Shorter, for it is certain; longer than the five seconds that a server takes to stop.
  std::chrono::milliseconds not_serving{6'000};
  std::chrono::milliseconds steady{5'000};  // Serving again, before the outage is over.
};

// The outage that is going on, if one is.
struct Outage {
  std::optional<TimePoint> since;              // The first bad look of those that go on.
  std::optional<TimePoint> not_serving_since;  // Of bad looks that were kNotServing.
  std::optional<TimePoint> serving_since;      // After people were told.
  bool is_told = false;                        // People know of it.
};

enum class OutageNews { kNone, kDown, kBack };

// Takes one look into account. kDown once for each outage, when patience with it is over; kBack
// once after each kDown, when the ledger has served long enough: `outage` is then a new one, and
// its caller knows since when the old one was.
OutageNews Take(const Sighting& sighting, TimePoint now, const OutagePatience& patience,
                Outage& outage);

}  // namespace hq::notify
