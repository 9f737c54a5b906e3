#include "services/ledger/adapters/append_queue.hpp"

#include "common/runtime/fault.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kQueueMax = 16'384;
constexpr std::size_t kQueueBytesMax = 64ULL << 20;

Status QueueFull() {
  return Refusal(absl::StatusCode::kResourceExhausted, "the ledger's queue is full", "QUEUE_FULL",
                 "Try again in 1 s.");
}

Status LedgerStops() { return absl::UnavailableError("the ledger is stopping"); }

}  // namespace

AppendQueue::~AppendQueue() {
  Close();
  for (Submission& submission : Take()) submission.done(LedgerStops());
}

void AppendQueue::Submit(Submission submission) {
  Status refused;
  {
    std::lock_guard lock(mutex_);
    const std::size_t bytes = submission.bytes;
    if (is_closed_) {
      refused = LedgerStops();
    } else if (waiting_.size() >= kQueueMax || bytes_ + bytes > kQueueBytesMax) {
      refused = QueueFull();
    } else {
      bytes_ += bytes;
      waiting_.push_back(std::move(submission));
      fault::Point("ledger.enqueue.after");
      if (!has_turn_) changed_.notify_one();  // Else EndTurn does.
      return;
    }
  }
  submission.done(refused);
}

std::deque<Submission> AppendQueue::Take() {
  std::lock_guard lock(mutex_);
  bytes_ = 0;
  return std::exchange(waiting_, {});
}

std::deque<Submission> AppendQueue::WaitAndTake() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !has_turn_ && (is_closed_ || !waiting_.empty()); });
  has_turn_ = !waiting_.empty();
  bytes_ = 0;
  return std::exchange(waiting_, {});
}

bool AppendQueue::TryTurn() {
  std::lock_guard lock(mutex_);
  if (has_turn_ || is_closed_ || !waiting_.empty()) return false;
  has_turn_ = true;
  return true;
}

void AppendQueue::EndTurn() {
  std::lock_guard lock(mutex_);
  has_turn_ = false;
  if (is_closed_ || !waiting_.empty()) changed_.notify_one();
}

void AppendQueue::Close() {
  {
    std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
}

std::size_t AppendQueue::depth() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace hq::ledger
