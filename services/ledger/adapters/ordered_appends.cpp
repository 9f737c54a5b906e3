#include "services/ledger/adapters/ordered_appends.hpp"

#include <chrono>
#include <utility>

namespace hq::ledger {
namespace {

constexpr std::size_t kUnderWayMax = 128;
constexpr std::size_t kBytesUnderWayMax = 4 << 20;
constexpr std::chrono::milliseconds kPause(100);
constexpr int kTriesMax = 100;

}  // namespace

OrderedAppends::OrderedAppends(EventLog& log, OnTaken on_taken, GoOn go_on)
    : log_(log), on_taken_(std::move(on_taken)), go_on_(std::move(go_on)) {}

OrderedAppends::~OrderedAppends() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return under_way_ == 0; });
}

Status OrderedAppends::Add(v1::AppendRequest request) {
  HQ_RETURN_IF_ERROR(Settle());
  HQ_RETURN_IF_ERROR(WaitUntil(kUnderWayMax - 1, kBytesUnderWayMax));
  HQ_RETURN_IF_ERROR(Settle());
  auto sent = std::make_shared<Sent>();
  sent->bytes = request.ByteSizeLong();
  sent->request = std::move(request);
  sent_.push_back(sent);
  Send(sent);
  return absl::OkStatus();
}

Status OrderedAppends::Finish() {
  HQ_RETURN_IF_ERROR(WaitUntil(0, 0));
  return Settle();
}

void OrderedAppends::Send(const std::shared_ptr<Sent>& sent) {
  {
    std::lock_guard lock(mutex_);
    ++under_way_;
    bytes_under_way_ += sent->bytes;
  }
  log_.AppendAsync(sent->request, [this, sent](Result<v1::AppendResponse> result) {
    std::lock_guard lock(mutex_);
    sent->result = std::move(result);
    --under_way_;
    bytes_under_way_ -= sent->bytes;
    answered_.notify_all();
  });
}

Status OrderedAppends::WaitUntil(std::size_t count_max, std::size_t bytes_max) {
  std::unique_lock lock(mutex_);
  while (!answered_.wait_for(
      lock, kPause, [&] { return under_way_ <= count_max && bytes_under_way_ <= bytes_max; })) {
    lock.unlock();
    if (!go_on_()) return absl::CancelledError("given up by its caller");
    lock.lock();
  }
  return absl::OkStatus();
}

bool OrderedAppends::IsAnyRefused() {
  std::lock_guard lock(mutex_);
  for (const auto& sent : sent_)
    if (sent->result && !sent->result->ok()) return true;
  return false;
}

Status OrderedAppends::Settle() {
  if (IsAnyRefused()) HQ_RETURN_IF_ERROR(WaitUntil(0, 0));  // Then none is unanswered below.
  while (!sent_.empty()) {
    const auto sent = sent_.front();
    {
      std::lock_guard lock(mutex_);
      if (!sent->result) break;
    }
    HQ_RETURN_IF_ERROR(SendUntilTaken(sent));
    on_taken_(**sent->result);
    sent_.pop_front();
  }
  return absl::OkStatus();
}

Status OrderedAppends::SendUntilTaken(const std::shared_ptr<Sent>& sent) {
  if (!sent->result->ok()) HQ_RETURN_IF_ERROR(WaitUntil(0, 0));
  for (int tries = 0; !sent->result->ok(); ++tries) {
    const Status status = sent->result->status();
    if (!absl::IsResourceExhausted(status) || tries == kTriesMax) return status;
    {
      std::unique_lock lock(mutex_);
      answered_.wait_for(lock, kPause, [] { return false; });
    }
    if (!go_on_()) return absl::CancelledError("given up by its caller");
    sent->result.reset();
    Send(sent);
    HQ_RETURN_IF_ERROR(WaitUntil(0, 0));
  }
  return absl::OkStatus();
}

}  // namespace hq::ledger
