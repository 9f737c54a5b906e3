// The import of one spooled document: every line is checked before the first is appended.
#pragma once

#include <functional>
#include <string>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "hq/ledger/v1/document_service.pb.h"
#include "services/ledger/adapters/spool_file.hpp"

namespace hq::ledger {

inline constexpr int kBadLinesShownMax = 100;

// Used by one thread.
class EntryImport {
 public:
  // Told now and then how far it is; false gives up.
  using Heartbeat = std::function<bool(const v1::ImportProgress&)>;

  // `log` is the ledger's own, in this process; `document` is whole. Both and `clock` outlive it.
  // `admin` is the HQ admin for whom the entries are appended.
  EntryImport(EventLog& log, Clock& clock, SpoolFile& document, std::string admin,
              Heartbeat heartbeat);

  // Checks every line. kInvalidArgument, reason BAD_LINES, if one is bad; kCancelled; kUnavailable.
  Status Check();

  // After a Check that was OK. What is in the ledger already is not appended again. Any code of
  // Append, or kCancelled: then a beginning of the document is in the ledger, and a repeated import
  // completes it.
  Status Append();

  // What is known so far.
  const v1::ImportSummary& summary() const { return summary_; }

 private:
  void AddBadLine(std::uint64_t line, const Status& status);
  void Count(const v1::AppendResponse& response);
  bool IsWanted() { return heartbeat_(progress_); }

  EventLog& log_;
  Clock& clock_;
  SpoolFile& document_;
  const std::string admin_;
  const Heartbeat heartbeat_;
  v1::ImportProgress progress_;
  v1::ImportSummary summary_;
};

}  // namespace hq::ledger
