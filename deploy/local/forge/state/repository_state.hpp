// What the forge knows of one repository beside what Git holds: pull requests, issues, labels,
// statuses, and when it first saw a commit. Kept as one JSON document; field names are persisted:
// never rename them. Times are milliseconds since the Unix epoch; 0 means "not yet".
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hq::forge::state {

struct Comment {
  std::int64_t id = 0;
  std::string login;
  std::string body;
  std::int64_t created_at_ms = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Comment, id, login, body, created_at_ms)

// The part of an issue that only a pull request has.
struct Pull {
  std::string head_branch;
  std::string head_sha;
  std::string base_branch;
  std::string base_sha;
  bool draft = false;
  // When the forge began to work out whether the two can be merged.
  std::int64_t examined_since_ms = 0;
  // The commit that the base branch is about to move to. Written, with merged_by, before the branch
  // moves, so that a crash between the two can be healed.
  std::string pending_merge_sha;
  std::string merge_commit_sha;
  std::string merged_by;
  std::int64_t merged_at_ms = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Pull, head_branch, head_sha, base_branch, base_sha,
                                                draft, examined_since_ms, pending_merge_sha,
                                                merge_commit_sha, merged_by, merged_at_ms)

// An issue or a pull request: they share their numbers, as at GitHub.
struct Issue {
  std::int64_t number = 0;
  std::int64_t id = 0;
  std::string title;
  std::string body;
  std::string login;
  bool is_open = true;
  std::vector<std::string> labels;
  std::vector<Comment> comments;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
  std::int64_t closed_at_ms = 0;
  bool is_pull = false;
  Pull pull;

  bool is_merged() const { return pull.merged_at_ms != 0; }
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Issue, number, id, title, body, login, is_open,
                                                labels, comments, created_at_ms, updated_at_ms,
                                                closed_at_ms, is_pull, pull)

struct Label {
  std::int64_t id = 0;
  std::string name;
  std::string color;
  std::string description;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Label, id, name, color, description)

struct CommitStatus {
  std::int64_t id = 0;
  std::string context;
  std::string state;  // error, failure, pending or success.
  std::string description;
  std::string target_url;
  std::string login;
  std::int64_t created_at_ms = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CommitStatus, id, context, state, description,
                                                target_url, login, created_at_ms)

// The default branch was seen at this commit.
struct Move {
  std::string sha;
  std::int64_t seen_at_ms = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Move, sha, seen_at_ms)

struct RepositoryState {
  std::int64_t last_number = 0;
  std::int64_t last_id = 0;
  std::map<std::int64_t, Issue> issues;
  std::map<std::string, Label> labels;
  std::map<std::string, std::vector<CommitStatus>> statuses;  // By commit, oldest first.
  std::map<std::string, std::int64_t> head_first_seen_ms;     // Commits that were a pull's head.
  std::vector<Move> default_branch_moves;                     // Oldest first; the served one first.
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RepositoryState, last_number, last_id, issues,
                                                labels, statuses, head_first_seen_ms,
                                                default_branch_moves)

}  // namespace hq::forge::state
