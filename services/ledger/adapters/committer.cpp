#include "services/ledger/adapters/committer.hpp"

namespace hq::ledger {
namespace {

// From here on staging the next group takes as long as handing this one on.
constexpr std::size_t kLargeGroupBytes = 64 * 1024;

// So many groups of one append in a row, and the next one is expected to be alone as well. Not a
// few: two callers may miss each other for a while.
constexpr unsigned kLoneGroups = 16;
// One of so many goes through the queue all the same. A caller who sends without waiting is held up
// by his own commit, and only so does it show that he has more.
constexpr unsigned kProbed = 32;

}  // namespace

void Committer::Slot::Put(std::unique_ptr<CommitBatch> put) {
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !batch; });
    batch = std::move(put);
  }
  changed.notify_all();
}

std::unique_ptr<CommitBatch> Committer::Slot::Take() {
  std::unique_ptr<CommitBatch> taken;
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return batch || is_closed; });
    taken = std::move(batch);
  }
  changed.notify_all();
  return taken;
}

void Committer::Slot::Close() {
  {
    std::lock_guard lock(mutex);
    is_closed = true;
  }
  changed.notify_all();
}

Committer::Committer(AppendQueue& queue, CommitSteps& steps)
    : queue_(queue),
      steps_(steps),
      stager_([this] { Stage(); }),
      writer_([this] { Write(); }),
      replier_([this] { Reply(); }) {}

Committer::~Committer() {
  queue_.Close();
  stager_.join();
  to_write_.Close();
  writer_.join();
  to_reply_.Close();
  replier_.join();
}

// For one append, waking a thread takes longer than staging it. What has come meanwhile is the
// staging thread's.
void Committer::Submit(Submission submission) {
  if (!has_lone_caller() || !queue_.TryTurn()) return queue_.Submit(std::move(submission));
  if (unanswered_ > 0) {
    // Behind what is still under way; and an answer that appends must not wait for its own thread.
    queue_.Submit(std::move(submission));
  } else {
    std::deque<Submission> alone;
    alone.push_back(std::move(submission));
    Commit(std::move(alone));
  }
  queue_.EndTurn();
}

void Committer::Stage() {
  for (;;) {
    auto waiting = queue_.WaitAndTake();
    if (waiting.empty()) return;
    Commit(std::move(waiting));
    queue_.EndTurn();
  }
}

// A small group is written right here: whoever comes meanwhile makes the next one, which so becomes
// as large as it can be, and nobody has to be woken. A large one is handed on, so that the next is
// staged meanwhile.
void Committer::Commit(std::deque<Submission> waiting) noexcept {
  left_ = waiting.size();
  while (!waiting.empty()) {
    auto batch = steps_.Stage(waiting);
    left_ = waiting.size();
    batch->waiting += queue_.depth();  // What has come since.
    const bool is_large = !waiting.empty() || batch->group.bytes() >= kLargeGroupBytes;
    if (is_large || unwritten_ > 0) {
      Count(*batch, false);
      ++unanswered_;
      ++unwritten_;
      to_write_.Put(std::move(batch));
      continue;
    }
    steps_.Write(*batch);
    const bool is_last = queue_.depth() == 0;
    Count(*batch, is_last);
    if (unanswered_ == 0 && is_last) {
      steps_.Answer(*batch);
      continue;
    }
    ++unanswered_;
    to_reply_.Put(std::move(batch));
  }
}

void Committer::Count(const CommitBatch& batch, bool is_last) {
  lone_ = is_last && batch.answers.size() == 1 ? lone_ + 1 : 0;
}

bool Committer::has_lone_caller() const {
  const unsigned lone = lone_;
  return lone >= kLoneGroups && lone % kProbed != 0;
}

void Committer::Write() {
  while (auto batch = to_write_.Take()) {
    steps_.Write(*batch);
    to_reply_.Put(std::move(batch));
    --unwritten_;  // Only now may the staging thread write, or answers would overtake each other.
  }
}

void Committer::Reply() {
  while (auto batch = to_reply_.Take()) {
    steps_.Answer(*batch);
    --unanswered_;
  }
}

}  // namespace hq::ledger
