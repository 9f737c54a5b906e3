// Where a recovery gets records from: what can be read of the store, the archive, the
// announcements. None of them is believed: the walk checks every link and every signed root.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "services/ledger/adapters/restore/archived_history.hpp"
#include "services/ledger/adapters/restore/stored_log.hpp"
#include "services/ledger/core/history_walk.hpp"

namespace hq::ledger {

// One thread at a time.
class RecordSource {
 public:
  using Take = ArchivedHistory::Take;
  using TakeBlob = ArchivedHistory::TakeBlob;

  virtual ~RecordSource() = default;

  // For people.
  virtual std::string name() const = 0;

  // The last record of this life that it says it has; 0 if none.
  virtual Position end() const = 0;

  // Whether what it says counts: if it cannot be read, or has another record than the walk, the
  // walk cannot be called complete.
  virtual bool is_authority() const = 0;

  // Walks on with what it has behind the walk's head; hands over each record that the walk took,
  // and before it the blobs that must be there. OK if it has no more. kDataLoss where what comes
  // does not follow, or is another record than the walk's last; reason TREE_DIFFERS if the walk is
  // of no use any more. Codes of what it reads, and of the two that take.
  virtual Status Continue(HistoryWalk& walk, const Take& take, const TakeBlob& take_blob) = 0;
};

// The rows of a store, sound or not: the ledger's own, or an image's.
class StoreSource final : public RecordSource {
 public:
  // `log` outlives it. `end` is where it is known to end.
  StoreSource(std::string name, const StoredLog& log, Position end)
      : name_(std::move(name)), log_(log), end_(end) {}
  std::string name() const override { return name_; }
  Position end() const override { return end_; }
  bool is_authority() const override { return false; }
  Status Continue(HistoryWalk& walk, const Take& take, const TakeBlob& take_blob) override;

 private:
  const std::string name_;
  const StoredLog& log_;
  const Position end_;
};

// The segments of one life in the archive.
class ArchiveSource final : public RecordSource {
 public:
  ArchiveSource(ArchivedHistory history, std::vector<VerifierKey> log_keys)
      : history_(std::move(history)), log_keys_(std::move(log_keys)) {}
  std::string name() const override { return "archive"; }
  Position end() const override { return history_.coverage().end; }
  bool is_authority() const override { return true; }
  Status Continue(HistoryWalk& walk, const Take& take, const TakeBlob& take_blob) override;

  const ArchivedHistory& history() const { return history_; }

 private:
  const ArchivedHistory history_;
  const std::vector<VerifierKey> log_keys_;
};

// The announcement stream on NATS.
class NewsSource final : public RecordSource {
 public:
  // Whether a record, by its life and position, belongs to the history that is looked for.
  using IsOurs = std::function<bool(std::uint64_t epoch, Position position)>;

  // Waits a few seconds for the server. kUnavailable if it is not there.
  static Result<std::unique_ptr<NewsSource>> Open(const AnnouncerSettings& settings,
                                                  std::string log_id, IsOurs is_ours);
  std::string name() const override { return "announcements"; }
  Position end() const override { return end_; }
  bool is_authority() const override { return true; }
  Status Continue(HistoryWalk& walk, const Take& take, const TakeBlob& take_blob) override;

 private:
  struct News {
    Position position = 0;
    std::string bytes;
  };
  NewsSource(std::unique_ptr<NatsAnnouncementStream> stream, std::string log_id, IsOurs is_ours)
      : stream_(std::move(stream)), log_id_(std::move(log_id)), is_ours_(std::move(is_ours)) {}

  // The message, if it is a record of ours.
  Result<std::optional<News>> At(std::uint64_t sequence);
  Status FindEnd();
  // The first sequence from which on the positions from `position` on follow each other; 0 if that
  // position is not there any more.
  Result<std::uint64_t> SequenceOf(Position position);

  const std::unique_ptr<NatsAnnouncementStream> stream_;
  const std::string log_id_;
  const IsOurs is_ours_;
  NatsAnnouncementStream::State state_;
  Position end_ = 0;
  std::uint64_t end_sequence_ = 0;
};

}  // namespace hq::ledger
