// All by which outsiders can check the ledger: proofs, the log's key, its checkpoints, its
// witnesses, the gate that they keep, and what it comes to with what was found otherwise. Built
// once in main().
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/adapters/checkpoint_board.hpp"
#include "services/ledger/adapters/checkpoint_files.hpp"
#include "services/ledger/adapters/checkpointer.hpp"
#include "services/ledger/adapters/log_signer.hpp"
#include "services/ledger/adapters/proof_maker.hpp"
#include "services/ledger/adapters/readiness.hpp"
#include "services/ledger/adapters/witness_gate.hpp"

namespace hq::ledger {

struct TransparencySettings {
  LogSignerSettings signer;
  std::string data_dir;           // Where the checkpoint files are.
  std::string witness_keys_file;  // HQ_WITNESS_KEYS_FILE: verifier keys, one a line; may be empty.
  // HQ_WITNESS_PATIENCE_MS: how long the start waits for half of them.
  std::chrono::milliseconds witness_patience{10'000};
  CheckpointerTimes times;
};

// Thread-safe.
class Transparency {
 public:
  // `readiness` has what was found otherwise, `own` is the ledger as it sees itself, `forks` the
  // signed statements of the restores that it comes from, oldest first. Holds what the files say
  // against the tree: if that speaks against serving, the gate is closed. kDataLoss if a checkpoint
  // file is damaged; the signer's and the files' codes. `readiness` and `metrics` outlive it.
  static Result<std::unique_ptr<Transparency>> Open(const TransparencySettings& settings,
                                                    const Readiness& readiness, TreeAccess tree,
                                                    std::unique_ptr<EventLog> own,
                                                    runtime::Metrics& metrics,
                                                    std::vector<std::string> forks = {},
                                                    Checkpointer::Keep keep = {});

  // Whether the ledger may serve, sign and prove: nothing was found in it, and nobody outside
  // speaks against it. Else Readiness's refusal, or that of the witnesses' gate.
  Status CheckServing();

  // Whether it may record what happens to itself: nobody outside has more of it than is here, or
  // other records, and the witnesses have been heard. Damage that was found in it does not count,
  // so that it can be recorded. Codes as CheckServing.
  Status CheckRecording();

  // To be run by main().
  Checkpointer& checkpointer() { return checkpointer_; }
  // What the witnesses alone say.
  WitnessGate& gate() { return gate_; }
  CheckpointBoard& board() { return board_; }
  ProofMaker& proofs() { return proofs_; }
  // The newest signed checkpoint as a note; empty if there is none yet.
  std::string LatestNote() const {
    const auto latest = board_.Latest();
    return latest ? FormatSignedNote(latest->note) : std::string();
  }
  const LogSigner& signer() const { return *signer_; }
  const std::vector<std::string>& forks() const { return forks_; }

  // How far it is signed, and who has vouched for how much.
  void Fill(v1::LedgerStatus& status) const;

  // A witness has spoken: a checkpoint that this log signed and it cosigned is held against the
  // tree, and becomes one of those that can be had. One of another ledger that it cosigned closes
  // the gate, over restarts too: this is not the disk that it knows. kInvalidArgument,
  // kPermissionDenied as CosignRequest says.
  Status Take(const std::string& note);

  // A witness with nothing to show has spoken. kPermissionDenied if nobody of that name is one.
  Status Hear(const std::string& witness);

 private:
  Transparency(const TransparencySettings& settings, const Readiness& readiness, TreeAccess tree,
               std::unique_ptr<EventLog> own, std::unique_ptr<LogSigner> signer,
               const std::vector<VerifierKey>& witnesses, runtime::Metrics& metrics,
               std::vector<std::string> forks, Checkpointer::Keep keep);

  Status LoadFiles();
  // Holds a cosigned checkpoint against the tree, and puts it on the board if it fits.
  Result<std::vector<Cosignature>> Compare(const std::string& note);
  // Whether it is a checkpoint of another ledger that a known witness cosigned; then nothing opens
  // the gate any more.
  bool TakeOfOther(const std::string& note);
  // What was kept of that by an earlier process, for as long as the file is there. kDataLoss.
  Status LoadOther();
  // Keeps it, so that a start does not wait for the witness to say it again.
  void KeepOther(const std::string& note);
  // Keeps the furthest one that is not here, so that a repair knows what it has to come to.
  void KeepMissing(const SignedCheckpoint& shown);
  // Removes what was kept of that before, once `checkpoint`, which is kept now, says as much.
  void ForgetReturned(const std::string& checkpoint);

  const Readiness& readiness_;
  const std::unique_ptr<EventLog> own_;
  const std::unique_ptr<LogSigner> signer_;
  const std::vector<std::string> forks_;
  ProofMaker proofs_;
  CheckpointFiles files_;
  std::mutex missing_mutex_;
  Reach missing_;  // Of what was kept and is not here, under missing_mutex_.
  // Of what was kept and is here again, until it is removed; under missing_mutex_.
  std::optional<std::uint64_t> returned_size_;
  bool is_other_kept_ = false;  // Under missing_mutex_.
  CheckpointBoard board_;
  WitnessGate gate_;
  Checkpointer checkpointer_;
};

}  // namespace hq::ledger
