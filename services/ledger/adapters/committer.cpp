#include "services/ledger/adapters/committer.hpp"

namespace hq::ledger {
namespace {

// From here on staging the next group takes as long as handing this one on.
constexpr std::size_t kLargeGroupBytes = 64 * 1024;

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

// A small group is written right here: whoever comes meanwhile makes the next one, which so becomes
// as large as it can be, and nobody has to be woken. A large one is handed on, so that the next is
// staged meanwhile.
void Committer::Stage() {
  for (;;) {
    auto waiting = queue_.WaitAndTake();
    if (waiting.empty()) return;
    left_ = waiting.size();
    while (!waiting.empty()) {
      auto batch = steps_.Stage(waiting);
      left_ = waiting.size();
      batch->waiting += queue_.depth();  // What has come since.
      const bool is_large = !waiting.empty() || batch->group.bytes() >= kLargeGroupBytes;
      if (is_large || unwritten_ > 0) {
        ++unanswered_;
        ++unwritten_;
        to_write_.Put(std::move(batch));
        continue;
      }
      steps_.Write(*batch);
      if (unanswered_ == 0 && queue_.depth() == 0) {
        steps_.Answer(*batch);
        continue;
      }
      ++unanswered_;
      to_reply_.Put(std::move(batch));
    }
  }
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
