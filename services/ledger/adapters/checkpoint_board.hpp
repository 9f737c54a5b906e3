// The checkpoints that can be had now: the latest, the one that witnesses are to cosign, and those
// that they have cosigned. In memory only.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/transparency/checkpoint.hpp"

namespace hq::ledger {

// One witness, and how far it has vouched.
struct WitnessStanding {
  VerifierKey key;
  std::uint64_t size = 0;
  std::int64_t cosigned_at_s = 0;  // Since 1970, by the witness's clock; 0 for never.
};

// Thread-safe.
class CheckpointBoard {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  // Called once, from any thread. kUnavailable, reason NOT_REACHED, if the time is over first.
  using OnReached = std::function<void(Result<SignedCheckpoint>)>;

  explicit CheckpointBoard(const std::vector<VerifierKey>& witnesses);

  std::vector<VerifierKey> witnesses() const { return witnesses_; }

  // It is the latest from now on; whoever waits for its size is answered.
  void Publish(SignedCheckpoint latest);

  // The latest is from now on the one to cosign.
  void Offer();

  // Adds the known witnesses' signatures under `note`, which hold, to a checkpoint of this log that
  // has that text.
  void Cosign(const SignedCheckpoint& checkpoint, const SignedNote& note,
              const std::vector<Cosignature>& cosignatures);

  std::optional<SignedCheckpoint> Latest() const;
  std::optional<SignedCheckpoint> ForCosigning() const;
  // The largest with so many cosignatures, 1 or more.
  std::optional<SignedCheckpoint> LargestCosigned(std::size_t cosignatures) const;
  // All that are worth keeping: each has more cosignatures than any that is larger.
  std::vector<SignedCheckpoint> Cosigned() const;
  std::vector<WitnessStanding> Standings() const;

  // Answers as soon as the latest checkpoint has `size`, perhaps before this returns.
  void WhenAtLeast(std::uint64_t size, SteadyTime until, OnReached done);

  // Answers those whose time is over.
  void Expire(SteadyTime now);

 private:
  struct Waiter {
    std::uint64_t size = 0;
    SteadyTime until;
    OnReached done;
  };

  // The same checkpoint with the cosignatures that are known.
  SignedCheckpoint WithCosignatures(const SignedCheckpoint& plain) const;
  std::size_t CountOf(const SignedCheckpoint& checkpoint) const;
  void Prune();

  const std::vector<VerifierKey> witnesses_;
  mutable std::mutex mutex_;
  std::optional<SignedCheckpoint> latest_;
  std::optional<SignedCheckpoint> offered_;
  std::map<std::uint64_t, SignedCheckpoint> cosigned_;  // By size.
  std::vector<WitnessStanding> standings_;              // In the order of the witnesses.
  std::vector<Waiter> waiters_;
};

}  // namespace hq::ledger
