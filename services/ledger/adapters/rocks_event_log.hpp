// The ledger itself: RocksDB under one committer. Callers append and read through As(), which keeps
// each to the rights and cells of its own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "common/grpc/identity.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/committer.hpp"
#include "services/ledger/adapters/record_reader.hpp"
#include "services/ledger/adapters/rocks_store.hpp"

namespace hq::ledger {

// A chunk of a stream, as stored.
struct StreamChunk {
  std::vector<std::string> records;
  Version last = 0;     // The last version looked at.
  Version version = 0;  // Of the whole stream, as far as it is durable.
};

// Where the announcer was, for when the announcement stream has forgotten everything.
struct AnnouncedHint {
  std::uint64_t sequence = 0;
  Position position = 0;
};

// Thread-safe. Nothing it answers or shows can be lost any more.
class RocksEventLog {
 public:
  // kUnavailable if another process has the directory; kDataLoss if the files or the chain of the
  // last 10 000 records are broken: the ledger does not open then. `clock` and `metrics` outlive
  // it.
  static Result<std::unique_ptr<RocksEventLog>> Open(const std::string& directory, Clock& clock,
                                                     runtime::Metrics& metrics);

  // The port, bound to one caller. Must not outlive the log.
  std::unique_ptr<EventLog> As(rpc::Caller caller);

  // As EventLog::AppendAsync, for that caller.
  void Append(const rpc::Caller& caller, v1::AppendRequest request, EventLog::OnAppended done);

  // A chunk of a stream after `after`, up to version `until` (0: to its end). kPermissionDenied if
  // the stream is not of the caller's cells; kInvalidArgument.
  Result<StreamChunk> ReadStream(const rpc::Caller& caller, const std::string& stream,
                                 Version after, Version until) const;

  // The receipt of that caller's command, if it was taken.
  std::optional<v1::CommandReceipt> ReceiptOf(const rpc::Caller& caller, const std::string& actor,
                                              const std::string& command_id) const;

  // What a request means for that caller, up to the durable head. kInvalidArgument,
  // kPermissionDenied.
  Result<Range> RangeOf(const rpc::Caller& caller, const v1::ReadRequest& request) const;

  Chunk Read(const Range& range, const ChunkLimits& limits) const {
    return reader_.Read(range, limits);
  }
  Chunk ReadLast(const Range& range, const ChunkLimits& limits) const {
    return reader_.ReadLast(range, limits);
  }

  // One record's bytes. kNotFound if there is none or the caller may not see it; kInvalidArgument.
  Result<std::string> Get(const rpc::Caller& caller, const v1::GetRequest& request) const;

  v1::HeadResponse Head() const;

  // kFailedPrecondition, reason DIVERGED, if the cursor is not in this history.
  Status CheckCursor(const v1::Cursor& cursor) const;

  // kInvalidArgument above 64 MiB; kPermissionDenied. On disk when it returns.
  Result<std::string> PutBlob(const rpc::Caller& caller, std::string_view content);
  Result<std::string> GetBlob(std::string_view sha256) const;

  // Waits until the durable position is past `position`, for `timeout` at most, and returns it.
  Position WaitPast(Position position, std::chrono::milliseconds timeout, std::stop_token stop) {
    return committer_.WaitPast(position, timeout, std::move(stop));
  }

  std::optional<AnnouncedHint> announced() const;
  void SetAnnounced(const AnnouncedHint& hint);

 private:
  RocksEventLog(std::unique_ptr<RocksStore> store, ChainHead head, Clock& clock,
                runtime::Metrics& metrics);

  Clock& clock_;
  std::unique_ptr<RocksStore> store_;
  RecordReader reader_;
  Committer committer_;
};

}  // namespace hq::ledger
