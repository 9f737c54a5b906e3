// The appends that become one synced write. Each sees the ones before it in the group; none is
// answered before the group is on disk.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/events/event_log.hpp"
#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/adapters/stream_heads.hpp"
#include "services/ledger/core/appender.hpp"

namespace hq::ledger {

// An append that has passed every check that needs no state.
struct Submission {
  std::string producer;
  v1::AppendRequest request;  // Complete: actor, role, digest.
  EventLog::OnAppended done;
  std::chrono::steady_clock::time_point since;
};

// Belongs to the committer's thread.
class CommitGroup {
 public:
  // `head` is advanced by what is taken.
  CommitGroup(RocksStore& store, ChainHead& head, StreamHeads& heads, std::int64_t now_us);

  // Decides about one append and stages its records.
  void Take(Submission submission);

  std::size_t records() const { return records_; }
  std::size_t bytes() const { return bytes_; }

  // On disk when it returns.
  void Write();

  struct Answer {
    Submission submission;
    Result<v1::AppendResponse> result;
  };
  std::vector<Answer>& answers() { return answers_; }

 private:
  Result<v1::AppendResponse> Decide(const Submission& submission);
  std::optional<v1::CommandReceipt> EarlierReceipt(const std::string& key) const;
  Status CheckState(const v1::AppendRequest& request);
  v1::Receipt Stage(const std::string& producer, const v1::AppendRequest& request);
  void Index(const Link& link);

  RocksStore& store_;
  ChainHead& head_;
  StreamHeads& heads_;
  const std::int64_t now_us_;
  rocksdb::WriteBatch batch_ = NewBatch();
  std::map<std::string, v1::CommandReceipt> receipts_;  // Of this group.
  std::vector<Answer> answers_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace hq::ledger
