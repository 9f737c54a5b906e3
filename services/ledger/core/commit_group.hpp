// The appends that become one synced write. Each sees the ones before it in the group; none may be
// answered before the group is on disk. Pure: the same history, head, time and requests make the
// same bytes.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/ledger/core/appender.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/history.hpp"

namespace hq::ledger {

// An append that has passed every check that needs no state.
struct Proposal {
  const Appender& appender;
  const v1::AppendRequest& request;  // Complete: actor, role, digest. Outlives the group.
};

// A row of the log: records one behind the other, framed.
struct LogRow {
  Position first = 0;
  std::string frames;
};

// Decides about appends one behind the other, each as if those before it were on disk already, and
// holds what all of them write. For one thread; given up if the write fails.
class CommitGroup {
 public:
  // A row is cut when it has become this large, so that reading one record stays cheap.
  static constexpr std::size_t kRowBytes = 32 * 1024;

  // Records of the history that are looked at for one append's no_matches, all of them together:
  // every other append waits for it.
  static constexpr std::size_t kCandidatesMax = 4'096;

  // `history` outlives the group; `head` is where it ends.
  CommitGroup(const History& history, ChainHead head, std::int64_t now_us);

  // Decides about one append and stages its records.
  Result<v1::AppendResponse> Take(const Proposal& proposal);

  // What was staged, in order.
  const ChainHead& head() const { return head_; }
  const std::vector<LogRow>& rows() const { return rows_; }
  const std::vector<IndexFields>& fields() const { return fields_; }  // Views into the requests.
  const std::string& leaf_hashes() const { return leaf_hashes_; }     // 32 bytes a record.
  const std::vector<std::pair<TxnId, Position>>& id_runs() const { return id_runs_; }
  const std::unordered_map<std::string, v1::CommandReceipt>& receipts() const { return receipts_; }
  const std::unordered_map<std::string, Version>& versions() const { return versions_; }
  std::size_t records() const { return fields_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::optional<v1::CommandReceipt> EarlierReceipt(const std::string& key) const;
  Version VersionOf(const std::string& stream) const;
  // A plain entry is about a registered cell, as soon as there is a registry.
  Status CheckCells(const Proposal& proposal) const;
  bool HasRegistry() const;
  Status CheckState(const Proposal& proposal) const;
  Status CheckNoMatches(const Proposal& proposal) const;
  v1::Receipt Stage(const Proposal& proposal);
  void StageEvent(const v1::AppendRequest& request, const v1::StreamAppend& append,
                  const v1::NewEvent& event, Version version, const std::string& producer);

  const History& history_;
  ChainHead head_;
  const std::int64_t now_us_;
  mutable std::optional<bool> has_registry_;  // Before this group; asked once, if at all.
  v1::Record record_;                         // Used again for each record.
  TreeHasher hasher_;
  std::vector<LogRow> rows_;
  std::vector<IndexFields> fields_;
  std::string leaf_hashes_;
  std::vector<std::pair<TxnId, Position>> id_runs_;
  std::unordered_map<std::string, v1::CommandReceipt> receipts_;
  std::unordered_map<std::string, Version> versions_;
  std::size_t bytes_ = 0;
};

}  // namespace hq::ledger
