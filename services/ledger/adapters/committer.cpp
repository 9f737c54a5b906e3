#include "services/ledger/adapters/committer.hpp"

namespace hq::ledger {

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

// A batch that nothing is in front of and nothing behind is written and answered at once: handing
// it on would cost more than it saves.
void Committer::Stage() {
  for (;;) {
    auto waiting = queue_.WaitAndTake();
    if (waiting.empty()) return;
    while (!waiting.empty()) {
      auto batch = steps_.Stage(waiting);
      const bool is_alone = under_way_ == 0 && waiting.empty() && queue_.depth() == 0;
      if (is_alone) {
        steps_.Write(*batch);
        steps_.Answer(*batch);
        continue;
      }
      ++under_way_;
      to_write_.Put(std::move(batch));
    }
  }
}

void Committer::Write() {
  while (auto batch = to_write_.Take()) {
    steps_.Write(*batch);
    to_reply_.Put(std::move(batch));
  }
}

void Committer::Reply() {
  while (auto batch = to_reply_.Take()) {
    steps_.Answer(*batch);
    --under_way_;
  }
}

}  // namespace hq::ledger
