#include "services/ledger/adapters/committer.hpp"

#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kQueueMax = 4'096;
constexpr std::size_t kQueueBytesMax = 64ULL << 20;
constexpr std::size_t kGroupRecordsMax = 512;
constexpr std::size_t kGroupBytesMax = 256 * 1024;

double SecondsSince(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

Status QueueFull() {
  return Refusal(absl::StatusCode::kResourceExhausted, "the ledger's queue is full", "QUEUE_FULL",
                 "Try again in 100 ms.");
}

}  // namespace

Committer::Committer(RocksStore& store, ChainHead head, Clock& clock, runtime::Metrics& metrics)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      head_(std::move(head)),
      heads_(store),
      durable_(head_),
      thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(queue_mutex_);
    is_stopping_ = true;
  }
  queued_.notify_all();
  thread_.join();
}

void Committer::Submit(Submission submission) {
  Status refused;
  {
    std::lock_guard lock(queue_mutex_);
    const std::size_t bytes = submission.request.ByteSizeLong();
    if (is_stopping_) {
      refused = absl::UnavailableError("the ledger is stopping");
    } else if (queue_.size() >= kQueueMax || queue_bytes_ + bytes > kQueueBytesMax) {
      refused = QueueFull();
    } else {
      queue_bytes_ += bytes;
      queue_.push_back(std::move(submission));
      queued_.notify_one();
      return;
    }
  }
  submission.done(refused);
}

ChainHead Committer::Head() const {
  std::lock_guard lock(durable_mutex_);
  return durable_;
}

Position Committer::WaitPast(Position position, std::chrono::milliseconds timeout,
                             std::stop_token stop) {
  std::unique_lock lock(durable_mutex_);
  advanced_.wait_for(lock, stop, timeout, [&] { return durable_.position > position; });
  return durable_.position;
}

void Committer::Run() {
  for (;;) {
    auto waiting = Next();
    if (waiting.empty()) return;
    while (!waiting.empty()) Commit(waiting);
  }
}

// Everything that is queued; nothing once the ledger stops and the queue is empty.
std::deque<Submission> Committer::Next() {
  std::unique_lock lock(queue_mutex_);
  queued_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
  queue_bytes_ = 0;
  return std::exchange(queue_, {});
}

void Committer::Commit(std::deque<Submission>& waiting) {
  CommitGroup group(store_, head_, heads_, ToMicros(clock_.Now()));
  while (!waiting.empty() && group.records() < kGroupRecordsMax && group.bytes() < kGroupBytesMax) {
    group.Take(std::move(waiting.front()));
    waiting.pop_front();
  }
  fault::Point("ledger.commit.before");
  group.Write();
  fault::Point("ledger.commit.after");
  Publish();
  heads_.Trim();
  Count(group, waiting.size());
  for (auto& answer : group.answers()) answer.submission.done(std::move(answer.result));
}

void Committer::Publish() {
  {
    std::lock_guard lock(durable_mutex_);
    durable_ = head_;
  }
  advanced_.notify_all();
}

void Committer::Count(CommitGroup& group, std::size_t waiting) {
  metrics_.Add("hq_ledger_groups_total");
  metrics_.Add("hq_ledger_records_total", {}, static_cast<double>(group.records()));
  metrics_.Set("hq_ledger_group_records", static_cast<double>(group.records()));
  metrics_.Set("hq_ledger_position", static_cast<double>(head_.position));
  metrics_.Set("hq_ledger_queue_depth", static_cast<double>(waiting));
  for (const auto& answer : group.answers()) {
    const std::string code = absl::StatusCodeToString(answer.result.status().code());
    metrics_.Add("hq_ledger_appends_total", {{"code", code}});
    metrics_.Observe("hq_ledger_append_seconds", SecondsSince(answer.submission.since));
  }
}

}  // namespace hq::ledger
