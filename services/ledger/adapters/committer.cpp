#include "services/ledger/adapters/committer.hpp"

#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kQueueMax = 16'384;
constexpr std::size_t kQueueBytesMax = 64ULL << 20;
constexpr std::size_t kGroupRecordsMax = 2'048;
constexpr std::size_t kGroupBytesMax = 1024 * 1024;

using Clocked = std::chrono::steady_clock;

double SecondsSince(Clocked::time_point since) {
  return std::chrono::duration<double>(Clocked::now() - since).count();
}

Status QueueFull() {
  return Refusal(absl::StatusCode::kResourceExhausted, "the ledger's queue is full", "QUEUE_FULL",
                 "Try again in 100 ms.");
}

}  // namespace

// A group and those who wait for it.
struct Committer::Batch {
  Batch(const History& history, const ChainHead& head, std::int64_t now_us)
      : group(history, head, now_us) {}

  CommitGroup group;
  std::vector<Answer> answers;
  TreeHead tree;
  std::size_t waiting = 0;  // In the queue behind it.
};

void Committer::Slot::Put(std::unique_ptr<Batch> put) {
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !batch; });
    batch = std::move(put);
  }
  changed.notify_all();
}

std::unique_ptr<Committer::Batch> Committer::Slot::Take() {
  std::unique_ptr<Batch> taken;
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

Committer::Committer(RocksStore& store, LogIndex& index, DurableHead head, Clock& clock,
                     runtime::Metrics& metrics)
    : store_(store),
      index_(index),
      clock_(clock),
      metrics_(metrics),
      stats_(metrics),
      head_(std::move(head)),
      durable_(head_),
      stager_([this] { Stage(); }),
      writer_([this] { Write(); }),
      replier_([this] { Reply(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(queue_mutex_);
    is_stopping_ = true;
  }
  queued_.notify_all();
  stager_.join();
  to_write_.Close();
  writer_.join();
  to_reply_.Close();
  replier_.join();
}

void Committer::Submit(Submission submission) {
  fault::Point("ledger.enqueue.before");
  Status refused;
  {
    std::lock_guard lock(queue_mutex_);
    const std::size_t bytes = submission.bytes;
    if (is_stopping_) {
      refused = absl::UnavailableError("the ledger is stopping");
    } else if (queue_.size() >= kQueueMax || queue_bytes_ + bytes > kQueueBytesMax) {
      refused = QueueFull();
    } else {
      queue_bytes_ += bytes;
      queue_.push_back(std::move(submission));
      fault::Point("ledger.enqueue.after");
      queued_.notify_one();
      return;
    }
  }
  submission.done(refused);
}

DurableHead Committer::Head() const {
  std::lock_guard lock(durable_mutex_);
  return durable_;
}

Position Committer::WaitPast(Position position, std::chrono::milliseconds timeout,
                             std::stop_token stop) {
  std::unique_lock lock(durable_mutex_);
  advanced_.wait_for(lock, stop, timeout, [&] { return durable_.chain.position > position; });
  return durable_.chain.position;
}

std::size_t Committer::queue_depth() const {
  std::lock_guard lock(queue_mutex_);
  return queue_.size();
}

// A batch that nothing is in front of and nothing behind is written and answered at once: handing
// it on would cost more than it saves.
void Committer::Stage() {
  for (;;) {
    auto waiting = Next();
    if (waiting.empty()) return;
    while (!waiting.empty()) {
      fault::Point("ledger.stage.before");
      auto batch = StageBatch(waiting);
      fault::Point("ledger.stage.after");
      const bool is_alone = under_way_ == 0 && waiting.empty() && queue_depth() == 0;
      if (is_alone) {
        WriteBatch(*batch);
        ReplyTo(*batch);
        continue;
      }
      ++under_way_;
      to_write_.Put(std::move(batch));
    }
  }
}

void Committer::Write() {
  while (auto batch = to_write_.Take()) {
    WriteBatch(*batch);
    to_reply_.Put(std::move(batch));
  }
}

void Committer::Reply() {
  while (auto batch = to_reply_.Take()) {
    ReplyTo(*batch);
    --under_way_;
  }
}

// Everything that is queued; nothing once the ledger stops and the queue is empty.
std::deque<Submission> Committer::Next() {
  std::unique_lock lock(queue_mutex_);
  queued_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
  queue_bytes_ = 0;
  return std::exchange(queue_, {});
}

std::unique_ptr<Committer::Batch> Committer::StageBatch(std::deque<Submission>& waiting) {
  auto batch = std::make_unique<Batch>(index_, head_.chain, ToMicros(clock_.Now()));
  CommitGroup& group = batch->group;
  while (!waiting.empty() && group.records() < kGroupRecordsMax && group.bytes() < kGroupBytesMax) {
    Submission& next = waiting.front();
    auto result = group.Take({next.appender, *next.request});
    batch->answers.push_back({std::move(next), std::move(result)});
    waiting.pop_front();
  }
  if (group.records() > 0) {
    head_.tree = index_.Add(group);
    head_.chain = group.head();
  }
  batch->tree = head_.tree;
  batch->waiting = waiting.size();
  return batch;
}

void Committer::WriteBatch(Batch& batch) {
  if (batch.group.records() == 0) return;
  fault::Point("ledger.commit.before");
  const auto since = Clocked::now();
  store_.WriteRows(batch.group.rows());
  const double sync_seconds = SecondsSince(since);
  fault::Point("ledger.commit.after");
  {
    std::lock_guard lock(durable_mutex_);
    durable_ = {batch.group.head(), batch.tree};
  }
  advanced_.notify_all();
  index_.SetDurable(batch.group.head().position);
  fault::Point("ledger.publish.after");
  stats_.GroupCommitted(batch.group.records(), sync_seconds, batch.waiting);
  metrics_.Set("hq_ledger_position", static_cast<double>(batch.group.head().position));
}

void Committer::ReplyTo(Batch& batch) {
  for (auto& answer : batch.answers) {
    stats_.Answered(answer.result.status().code(), SecondsSince(answer.submission.since));
    fault::Point("ledger.reply.before");
    answer.submission.done(std::move(answer.result));
    fault::Point("ledger.reply.after");
  }
}

}  // namespace hq::ledger
