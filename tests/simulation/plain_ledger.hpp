// The ledger as one would write it down in a minute: a vector, and loops over it. What it decides
// is what the real one must decide; what it holds is what must be found there.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/events/event_log.hpp"

namespace hq::testing {

class PlainLedger {
 public:
  struct Entry {
    std::string stream;
    Version version = 0;
    std::string branch;
    std::string event;
    std::string command_id;
    std::string command;   // Principal, actor and command_id; empty without a command_id.
    std::string content;   // Of the whole command.
    bool is_last = false;  // Of its request.
  };

  // What there is to say to a request: a code and its reason, or the records that it became.
  struct Verdict {
    absl::StatusCode code = absl::StatusCode::kOk;
    std::string reason;
    Position first = 0;
    Position last = 0;
    bool is_repeated = false;
    bool operator==(const Verdict&) const = default;
  };

  // Decides about a request that is complete, and takes its records.
  Verdict Take(const std::string& principal, const ledger::v1::AppendRequest& request);

  // Records behind it never came to be.
  void ForgetBehind(Position position) { entries_.resize(position); }

  const std::vector<Entry>& entries() const { return entries_; }
  Version VersionOf(const std::string& stream) const;

 private:
  Verdict Refused(absl::StatusCode code, std::string reason) const {
    return {code, std::move(reason), 0, 0, false};
  }
  std::optional<Verdict> EarlierVerdict(const std::string& command,
                                        const std::string& content) const;
  bool HasMatch(const ledger::v1::NoMatch& no_match) const;

  std::vector<Entry> entries_;  // Position 1 first.
};

}  // namespace hq::testing
