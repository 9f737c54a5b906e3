// What is announced next, and behind what: every record, in order, once. The log itself is the
// outbox; how far it was announced is read back from the announcement stream, and what is found
// there never changes the ledger.
#pragma once

#include <optional>
#include <string>

#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/announcement_stream.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

// Without threads, and it waits for nothing; belongs to the announcer's thread.
class Outbox {
 public:
  // Both outlive it.
  Outbox(RocksEventLog& log, runtime::Metrics& metrics);

  // Looks where announcing goes on, if it does not know, then publishes the next window if there is
  // news. Whatever fails, it looks again the next time. kUnavailable to try again soon;
  // kFailedPrecondition if the stream holds what it must not.
  Status Advance(AnnouncementStream& stream);

  // Whether the stream, whose state that is, holds nothing that it must not. Changes nothing,
  // neither there nor here. Codes as Advance.
  Status Check(AnnouncementStream& stream, const AnnouncementStream::State& state) const {
    return Locate(stream, state).status();
  }

  // The stream may have changed: look again where announcing goes on.
  void Forget() { cursor_.reset(); }

  // How far it has come, as far as this process knows.
  Position position() const { return position_; }

 private:
  // Where announcing goes on: behind this sequence, with the record after this position.
  struct Cursor {
    std::uint64_t sequence = 0;
    Position position = 0;
    std::string last_id;  // Of the message at the sequence, if this process has published it.
  };

  Result<Cursor> Locate(AnnouncementStream& stream, const AnnouncementStream::State& state) const;
  Result<Cursor> LocateByHint(AnnouncementStream& stream,
                              const AnnouncementStream::State& state) const;
  // The position of the record at that sequence; nothing for a stray message, or none.
  Result<std::optional<Position>> PositionAt(AnnouncementStream& stream,
                                             std::uint64_t sequence) const;
  // What core/announced says of it, and whether the ledger has the same bytes there.
  // kInvalidArgument if a fork's statement cannot be read.
  Result<std::optional<Position>> Recognise(const std::string& payload) const;
  Status PublishNext(AnnouncementStream& stream);

  RocksEventLog& log_;
  runtime::Metrics& metrics_;
  std::optional<Cursor> cursor_;
  Position position_ = 0;
};

}  // namespace hq::ledger
