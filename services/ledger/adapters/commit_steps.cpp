#include "services/ledger/adapters/commit_steps.hpp"

#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kGroupRecordsMax = 2'048;
constexpr std::size_t kGroupBytesMax = 1024 * 1024;

using Clocked = std::chrono::steady_clock;

double SecondsSince(Clocked::time_point since) {
  return std::chrono::duration<double>(Clocked::now() - since).count();
}

}  // namespace

CommitSteps::CommitSteps(RocksStore& store, LogIndex& index, DurableHead head, Clock& clock,
                         runtime::Metrics& metrics)
    : store_(store),
      index_(index),
      clock_(clock),
      metrics_(metrics),
      stats_(metrics),
      head_(std::move(head)),
      durable_(head_) {}

std::unique_ptr<CommitBatch> CommitSteps::Stage(std::deque<Submission>& waiting) {
  fault::Point("ledger.stage.before");
  auto batch = std::make_unique<CommitBatch>(index_, head_.chain, ToMicros(clock_.Now()));
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
  fault::Point("ledger.stage.after");
  return batch;
}

void CommitSteps::Write(CommitBatch& batch) {
  stats_.SetQueueDepth(batch.waiting);  // Also behind a group of refusals: it may be the last.
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
  index_.SetDurable(batch.group.head().position);
  fault::Point("ledger.publish.after");
  stats_.GroupCommitted(batch.group.records(), sync_seconds);
  metrics_.Set("hq_ledger_position", static_cast<double>(batch.group.head().position));
}

void CommitSteps::Answer(CommitBatch& batch) {
  for (auto& answer : batch.answers) {
    stats_.Answered(answer.result.status().code(), SecondsSince(answer.submission.since));
    fault::Point("ledger.reply.before");
    answer.submission.done(std::move(answer.result));
    fault::Point("ledger.reply.after");
  }
  // Whoever follows the log is woken behind those who wait for their own append.
  if (batch.group.records() > 0) advanced_.notify_all();
}

DurableHead CommitSteps::Head() const {
  std::lock_guard lock(durable_mutex_);
  return durable_;
}

Position CommitSteps::WaitPast(Position position, std::chrono::milliseconds timeout,
                               std::stop_token stop) {
  std::unique_lock lock(durable_mutex_);
  advanced_.wait_for(lock, stop, timeout, [&] { return durable_.chain.position > position; });
  return durable_.chain.position;
}

}  // namespace hq::ledger
