#include "services/ledger/adapters/witness_gate.hpp"

#include "common/runtime/log.hpp"

namespace hq::ledger {

WitnessGate::WitnessGate(ProofMaker& proofs, std::uint64_t epoch, std::vector<Fork> forks,
                         std::size_t witnesses, std::chrono::milliseconds patience,
                         runtime::Metrics& metrics)
    : proofs_(proofs),
      metrics_(metrics),
      epoch_(epoch),
      forks_(std::move(forks)),
      witnesses_(witnesses),
      patient_until_(std::chrono::steady_clock::now() + patience) {}

Status WitnessGate::Check() {
  if (is_open_.load(std::memory_order_acquire)) return absl::OkStatus();
  const std::lock_guard lock(mutex_);
  const Status status = Evaluate();
  Settle(status);
  return status;
}

Learned WitnessGate::Learn(const std::string& by, const Checkpoint& checkpoint) {
  const std::lock_guard lock(mutex_);
  const TreeHead& head = checkpoint.head;
  const bool is_of_later_life = checkpoint.epoch() > epoch_;
  const auto in_common = InCommon(forks_, checkpoint.epoch(), epoch_);
  if (!is_of_later_life && in_common && head.size > *in_common) return Learned::kGivenUp;
  const bool is_here = !is_of_later_life && head.size <= proofs_.tree().head().size;
  const auto root = is_here ? proofs_.RootAt(head.size) : Result<std::string>(std::string());
  if (is_here && root.ok() && *root == head.root) return Learned::kHere;
  SeenHead& kept = against_[by];
  if (ReachOf(checkpoint) >= Reach{kept.epoch, kept.head.size})
    kept = {by, head, "", is_of_later_life, "", checkpoint.epoch()};
  Settle(Evaluate());
  return Learned::kMissing;
}

void WitnessGate::LearnOfOther(const std::string& by, const Checkpoint& checkpoint) {
  const std::lock_guard lock(mutex_);
  of_others_.try_emplace(
      by, SeenHead{by, checkpoint.head, "", false, checkpoint.origin, checkpoint.epoch()});
  Settle(Evaluate());
}

void WitnessGate::Hear(const std::string& witness) {
  const std::lock_guard lock(mutex_);
  heard_.insert(witness);
}

Status WitnessGate::Evaluate() {
  const std::uint64_t size = proofs_.tree().head().size;
  std::vector<SeenHead> seen;
  for (const auto& [by, one] : of_others_) seen.push_back(one);
  for (auto it = against_.begin(); it != against_.end();) {
    SeenHead& one = it->second;
    const bool is_here = one.head.size <= size && !one.is_of_later_life;
    if (is_here) {
      HQ_ASSIGN_OR_RETURN(one.root, proofs_.RootAt(one.head.size));
    }
    const bool fits = is_here && one.root == one.head.root;
    if (!fits) seen.push_back(one);
    it = fits ? against_.erase(it) : std::next(it);
  }
  const bool is_patience_over = std::chrono::steady_clock::now() >= patient_until_;
  return CheckAgainstWitnesses(size, seen, {witnesses_, heard_.size(), is_patience_over});
}

void WitnessGate::Settle(const Status& status) {
  is_open_.store(status.ok(), std::memory_order_release);
  metrics_.Set("hq_ledger_serving", status.ok() ? 1 : 0);
  const std::string text = status.ok() ? "open" : std::string(status.message());
  if (reported_ == text) return;
  reported_ = text;
  if (status.ok()) {
    log::Info("witnesses_agree",
              {{"heard", std::to_string(heard_.size())}, {"of", std::to_string(witnesses_)}});
    return;
  }
  const Advice advice = AdviceOf(status);
  log::Error("ledger_not_serving",
             {{"reason", advice.reason}, {"error", text}, {"next_step", advice.next_step}});
}

}  // namespace hq::ledger
