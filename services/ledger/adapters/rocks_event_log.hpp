// The ledger itself: RocksDB under one committer. Callers append and read through As(), which keeps
// each to the rights and cells of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "common/grpc/identity.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/append_queue.hpp"
#include "services/ledger/adapters/commit_steps.hpp"
#include "services/ledger/adapters/committer.hpp"
#include "services/ledger/adapters/disk.hpp"
#include "services/ledger/adapters/record_reader.hpp"
#include "services/ledger/adapters/rocks_store.hpp"

namespace hq::ledger {

// A chunk of a stream, as stored.
struct StreamChunk {
  std::string frames;   // As core/record_frames has it.
  Version last = 0;     // The last version looked at.
  Version version = 0;  // Of the whole stream, as far as it is durable.
};

// Where the announcer was, for when the announcement stream has forgotten everything.
struct AnnouncedHint {
  std::uint64_t sequence = 0;
  Position position = 0;
};

// What a log runs on. In production: the machine's disk, and threads of its own.
struct Machinery {
  Disk disk;
  bool has_threads = true;  // If not, nothing is done but by who drives queue, steps and index.
};

// Thread-safe. Nothing it answers or shows can be lost any more.
class RocksEventLog {
 public:
  // Opens `directory`/log, the truth, and `directory`/index, which is brought up to it.
  // kUnavailable if another process has the directory; kDataLoss if the files or the chain of the
  // last 10 000 records are broken; kFailedPrecondition, reason REPAIR_UNFINISHED, if a repair was
  // broken off: the ledger does not open then. `clock` and `metrics` outlive it.
  static Result<std::unique_ptr<RocksEventLog>> Open(const std::string& directory, Clock& clock,
                                                     runtime::Metrics& metrics,
                                                     Machinery machinery = {});

  // Asked before an append is taken: whether there is room for it. A blob is asked for as a request
  // without events. Before anybody appends.
  using Admission = std::function<Status(const v1::AppendRequest& request)>;
  void SetAdmission(Admission admission) { admission_ = std::move(admission); }

  // The port, bound to one caller. Must not outlive the log.
  std::unique_ptr<EventLog> As(rpc::Caller caller);

  // As EventLog::AppendAsync, for that caller.
  void Append(const rpc::Caller& caller, v1::AppendRequest request, EventLog::OnAppended done);
  void Append(const rpc::Caller& caller, HeldRequest request, EventLog::OnAppended done);

  // A chunk of a stream after `after`, up to version `until` (0: to its end). kPermissionDenied if
  // the stream is not of the caller's cells; kInvalidArgument.
  Result<StreamChunk> ReadStream(const rpc::Caller& caller, const std::string& stream,
                                 Version after, Version until) const;

  // The receipt of that caller's command, if it was taken.
  std::optional<v1::CommandReceipt> ReceiptOf(const rpc::Caller& caller, const std::string& actor,
                                              const std::string& command_id) const;

  // What a request means for that caller, up to the durable head. kInvalidArgument,
  // kPermissionDenied; kFailedPrecondition, reason DIVERGED, if after_position lies beyond the head
  // or its hash is not in this history.
  Result<Range> RangeOf(const rpc::Caller& caller, const v1::ReadRequest& request) const;

  const RecordReader& reader() const { return reader_; }
  Chunk Read(const Range& range, const ChunkLimits& limits) const {
    return reader_.Read(range, limits);
  }

  // Whole records in (after, until], framed; at least one if there is one. Never beyond the durable
  // head.
  Frames ReadFrames(Position after, Position until, std::size_t bytes_max) const;
  // As ReadFrames; kDataLoss where the files are damaged.
  Result<Frames> TryReadFrames(Position after, Position until, std::size_t bytes_max) const;

  // One record's bytes. kNotFound if there is none or the caller may not see it; kInvalidArgument.
  Result<std::string> Get(const rpc::Caller& caller, const v1::GetRequest& request) const;

  // The positions of what a record caused, rising, up to `max`; nothing of other cells is left out.
  std::vector<Position> EffectsOf(const std::string& id, std::size_t max) const;

  v1::HeadResponse Head() const;

  // Size and root of the tree over all that is durable.
  TreeHead tree_head() const { return steps_.Head().tree; }

  // A TileReader for the tiles of that tree and of every smaller one.
  Result<std::string> ReadTile(const TileId& id, unsigned width) const {
    return index_->ReadTile(id, width);
  }
  // A MiddleReader for them.
  std::string ReadMiddle(std::uint64_t index) const { return index_->ReadMiddle(index); }

  // How many appends wait until they are in a group, and how far the index on disk goes.
  std::size_t queue_depth() const { return queue_.depth() + (committer_ ? committer_->left() : 0); }
  Position indexed() const { return index_->written(); }

  // What the committer has done and what waits for it, into the ledger's status.
  void Fill(v1::LedgerStatus& status) const {
    steps_.Fill(status);
    status.mutable_write_path()->set_queue_depth(queue_depth());
  }

  // kFailedPrecondition, reason DIVERGED, if the cursor is not in this history: beyond its head,
  // behind what a restore kept of the cursor's epoch, or with another hash.
  Status CheckCursor(const v1::Cursor& cursor) const;

  // kInvalidArgument above 64 MiB; kPermissionDenied. On disk when it returns. Get: kNotFound;
  // kDataLoss, reason BLOB_DAMAGED, until it is put again.
  Result<std::string> PutBlob(const rpc::Caller& caller, std::string_view content);
  Result<std::string> GetBlob(std::string_view sha256) const;

  // Waits until the durable position is past `position`, for `timeout` at most, and returns it.
  Position WaitPast(Position position, std::chrono::milliseconds timeout, std::stop_token stop) {
    return steps_.WaitPast(position, timeout, std::move(stop));
  }

  // See RocksStore.
  std::vector<std::string> ForkNotes() const { return store_->ForkNotes(); }
  Status MakeImage(const std::string& directory) const { return store_->MakeImage(directory); }

  std::optional<AnnouncedHint> announced() const;
  // The announcer's alone; kept about once a second, so that what is kept may be a second old.
  void SetAnnounced(const AnnouncedHint& hint);
  // What was found in the stream, kept at once: an older hint may speak of what the stream has lost
  // since.
  void CorrectAnnounced(const AnnouncedHint& hint);

  // For who opened it without threads: what makes it go on.
  AppendQueue& queue() { return queue_; }
  CommitSteps& steps() { return steps_; }
  LogIndex& index() { return *index_; }

 private:
  RocksEventLog(std::unique_ptr<RocksStore> store, std::unique_ptr<LogIndex> index,
                DurableHead head, Clock& clock, runtime::Metrics& metrics, bool has_threads);

  void PutAnnounced(const AnnouncedHint& hint);
  Status CheckFirst(const rpc::Caller& caller, const std::string& stream,
                    const StreamChunk& chunk) const;

  Clock& clock_;
  std::optional<std::chrono::steady_clock::time_point> hinted_at_;
  Admission admission_;
  std::unique_ptr<RocksStore> store_;
  std::unique_ptr<LogIndex> index_;
  RecordReader reader_;
  AppendQueue queue_;
  CommitSteps steps_;
  std::optional<Committer> committer_;  // Last: it uses all of the above.
};

}  // namespace hq::ledger
