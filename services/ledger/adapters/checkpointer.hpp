// Says how large the ledger is as soon as it has grown, signed, and keeps that outside of RocksDB.
// It signs only what may be served: never a tree that is behind what somebody knows of it, or in
// which damage was found.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/checkpoint_board.hpp"
#include "services/ledger/adapters/checkpoint_files.hpp"
#include "services/ledger/adapters/log_signer.hpp"
#include "services/ledger/adapters/proof_maker.hpp"

namespace hq::ledger {

struct CheckpointerTimes {
  std::chrono::milliseconds between_signatures{5};  // So that a burst is not signed group by group.
  std::chrono::milliseconds between_offers{1'000};  // Of a checkpoint to the witnesses.
  std::chrono::milliseconds kept_after{1'000};      // At the latest.
  std::chrono::milliseconds between_keeps{200};
  std::uint64_t kept_after_records = 10'000;
};

// Shows `hq_ledger_checkpoint_size` and `hq_ledger_checkpoint_kept_size`, counts
// `hq_ledger_checkpoints_total`, measures `hq_ledger_checkpoint_seconds` (from knowing of the
// growth to the checkpoint).
class Checkpointer final : public Component {
 public:
  // Also puts every kept checkpoint wherever the store keeps such things.
  using Keep = std::function<void(const std::string& note)>;

  // All outlive it. `gate` tells whether the ledger may serve; while it refuses, nothing is signed,
  // and no rotation of the key recorded. `keep` may be empty.
  Checkpointer(ProofMaker& proofs, LogSigner& signer, std::function<Status()> gate,
               CheckpointBoard& board, CheckpointFiles& files, runtime::Metrics& metrics, Keep keep,
               CheckpointerTimes times = {})
      : proofs_(proofs),
        signer_(signer),
        gate_(std::move(gate)),
        board_(board),
        files_(files),
        metrics_(metrics),
        keep_(std::move(keep)),
        times_(times) {
    // So that the first one is seen to rise.
    metrics_.Add("hq_ledger_checkpoint_not_kept_total", {}, 0);
  }

  // What was signed last is kept when it returns.
  void Run(std::stop_token stop) override;

 private:
  // Signs the durable head, if it is news and may be served.
  Status SignNews();
  void KeepUntil(std::stop_token stop);
  void KeepNow();
  void Pause(std::chrono::milliseconds time, const std::stop_token& stop);

  ProofMaker& proofs_;
  LogSigner& signer_;
  const std::function<Status()> gate_;
  CheckpointBoard& board_;
  CheckpointFiles& files_;
  runtime::Metrics& metrics_;
  const Keep keep_;
  const CheckpointerTimes times_;

  std::optional<std::uint64_t> signed_size_;  // Of Run's thread.
  std::mutex keep_mutex_;
  std::condition_variable_any keep_wanted_;
  std::uint64_t published_size_ = 0;  // Under keep_mutex_.
  bool is_first_ = false;             // Under keep_mutex_: nothing was kept or offered yet.
  std::uint64_t kept_size_ = 0;       // Of the keeping thread.
};

}  // namespace hq::ledger
