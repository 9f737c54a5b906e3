#include "services/ledger/adapters/checkpoint_board.hpp"

#include <algorithm>

namespace hq::ledger {
namespace {

// How many may wait at once: what one burst of clients needs, and no flood.
constexpr std::size_t kWaitersMax = 1'000;

Status NotReached(std::uint64_t size) {
  return Refusal(absl::StatusCode::kUnavailable,
                 "no checkpoint covers " + std::to_string(size) + " records yet", "NOT_REACHED",
                 "Try again in a moment, or ask for what is there.");
}

// Null if it did not sign.
const NoteSignature* SignatureBy(const VerifierKey& key, const SignedNote& note) {
  for (const NoteSignature& signature : note.signatures)
    if (key.IsSignerOf(signature)) return &signature;
  return nullptr;
}

}  // namespace

CheckpointBoard::CheckpointBoard(const std::vector<VerifierKey>& witnesses)
    : witnesses_(witnesses) {
  for (const VerifierKey& key : witnesses_) standings_.push_back({key});
}

void CheckpointBoard::Publish(SignedCheckpoint latest) {
  std::vector<Waiter> reached;
  {
    const std::lock_guard lock(mutex_);
    latest_ = std::move(latest);
    const std::uint64_t size = latest_->checkpoint.head.size;
    const auto waiting = std::partition(waiters_.begin(), waiters_.end(),
                                        [size](const Waiter& one) { return one.size > size; });
    std::move(waiting, waiters_.end(), std::back_inserter(reached));
    waiters_.erase(waiting, waiters_.end());
    latest = *latest_;
  }
  for (const Waiter& one : reached) one.done(latest);
}

void CheckpointBoard::Offer() {
  const std::lock_guard lock(mutex_);
  offered_ = latest_;
}

void CheckpointBoard::Cosign(const SignedCheckpoint& checkpoint, const SignedNote& note,
                             const std::vector<Cosignature>& cosignatures) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t size = checkpoint.checkpoint.head.size;
  SignedNote& kept = cosigned_.try_emplace(size, checkpoint).first->second.note;
  for (WitnessStanding& standing : standings_) {
    const NoteSignature* signature = SignatureBy(standing.key, note);
    if (signature == nullptr) continue;
    if (SignatureBy(standing.key, kept) == nullptr) kept.signatures.push_back(*signature);
    if (size < standing.size) continue;
    standing.size = size;
    for (const Cosignature& one : cosignatures)
      if (one.witness == standing.key.name) standing.cosigned_at_s = one.time_s;
  }
  Prune();
}

std::optional<SignedCheckpoint> CheckpointBoard::Latest() const {
  const std::lock_guard lock(mutex_);
  return latest_ ? std::optional(WithCosignatures(*latest_)) : std::nullopt;
}

std::optional<SignedCheckpoint> CheckpointBoard::ForCosigning() const {
  const std::lock_guard lock(mutex_);
  return offered_ ? std::optional(WithCosignatures(*offered_)) : std::nullopt;
}

std::optional<SignedCheckpoint> CheckpointBoard::LargestCosigned(std::size_t cosignatures) const {
  const std::lock_guard lock(mutex_);
  for (auto it = cosigned_.rbegin(); it != cosigned_.rend(); ++it)
    if (CountOf(it->second) >= cosignatures) return it->second;
  return std::nullopt;
}

std::vector<SignedCheckpoint> CheckpointBoard::Cosigned() const {
  const std::lock_guard lock(mutex_);
  std::vector<SignedCheckpoint> all;
  for (const auto& [size, checkpoint] : cosigned_) all.push_back(checkpoint);
  return all;
}

std::vector<WitnessStanding> CheckpointBoard::Standings() const {
  const std::lock_guard lock(mutex_);
  return standings_;
}

void CheckpointBoard::WhenAtLeast(std::uint64_t size, SteadyTime until, OnReached done) {
  Result<SignedCheckpoint> answer = NotReached(size);
  {
    const std::lock_guard lock(mutex_);
    const bool is_reached = latest_ && latest_->checkpoint.head.size >= size;
    if (is_reached) answer = WithCosignatures(*latest_);
    if (!is_reached && waiters_.size() < kWaitersMax) {
      waiters_.push_back({size, until, std::move(done)});
      return;
    }
  }
  done(std::move(answer));
}

void CheckpointBoard::Expire(SteadyTime now) {
  std::vector<Waiter> late;
  {
    const std::lock_guard lock(mutex_);
    const auto first = std::partition(waiters_.begin(), waiters_.end(),
                                      [now](const Waiter& one) { return one.until > now; });
    std::move(first, waiters_.end(), std::back_inserter(late));
    waiters_.erase(first, waiters_.end());
  }
  for (const Waiter& one : late) one.done(NotReached(one.size));
}

SignedCheckpoint CheckpointBoard::WithCosignatures(const SignedCheckpoint& plain) const {
  const auto found = cosigned_.find(plain.checkpoint.head.size);
  const bool is_same = found != cosigned_.end() && found->second.note.text == plain.note.text;
  if (!is_same) return plain;
  SignedCheckpoint both = plain;  // Its own signature may be by a newer key.
  for (const VerifierKey& witness : witnesses_)
    if (const NoteSignature* signature = SignatureBy(witness, found->second.note))
      both.note.signatures.push_back(*signature);
  return both;
}

std::size_t CheckpointBoard::CountOf(const SignedCheckpoint& checkpoint) const {
  return static_cast<std::size_t>(
      std::count_if(witnesses_.begin(), witnesses_.end(), [&](const VerifierKey& witness) {
        return SignatureBy(witness, checkpoint.note) != nullptr;
      }));
}

void CheckpointBoard::Prune() {
  std::size_t most = 0;
  for (auto it = cosigned_.end(); it != cosigned_.begin();) {
    --it;
    const std::size_t count = CountOf(it->second);
    const bool is_best = count > most;
    most = std::max(most, count);
    if (!is_best) it = cosigned_.erase(it);
  }
}

}  // namespace hq::ledger
