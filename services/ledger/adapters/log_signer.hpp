// The log's voice: its key, the keys that it had before, and how the one gave way to the other. A
// new key is recorded on the ledger before anything is signed with it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/events/event_log.hpp"
#include "common/transparency/checkpoint.hpp"
#include "common/transparency/fork.hpp"
#include "common/transparency/key_rotation.hpp"
#include "common/witness/signing_key.hpp"
#include "hq/ledger/v1/events.pb.h"

namespace hq::ledger {

struct LogSignerSettings {
  std::string key_file;      // HQ_SIGNING_KEY_FILE, else `{data_dir}/signing.key`; made if absent.
  std::string old_key_file;  // HQ_OLD_SIGNING_KEY_FILE: the key until now, to sign its successor.
  std::string public_file;   // `{data_dir}/signing.pub`: the verifier key, for whoever checks.
};

// Thread-safe.
class LogSigner {
 public:
  // `log` is the ledger as it sees itself; it outlives this. The keys' name, and so the origin of
  // all checkpoints, is `hq-os/{log_id}`. Codes as SigningKey's, and those of the log.
  static Result<std::unique_ptr<LogSigner>> Open(const LogSignerSettings& settings, EventLog& log);

  const VerifierKey& key() const { return key_; }
  std::uint64_t epoch() const { return epoch_; }

  // The statements on the ledger, oldest first.
  std::vector<std::string> rotations() const;

  // A head of this life of the ledger.
  SignedCheckpoint Sign(const TreeHead& head) const;

  // A checkpoint that this log signed, with whichever of its keys. Codes as OpenCheckpoint's.
  Result<SignedCheckpoint> OpenOwn(std::string_view note) const;

  // Whether that is the origin of a ledger, and not of this one; whose keys do not matter.
  bool IsOfOtherLedger(std::string_view origin) const;

  // What the statements say that one of the log's keys signed.
  std::vector<Fork> OpenOwnForks(const std::vector<std::string>& notes) const;

  // Puts the new key on the ledger, if there is one, and waits until it is there. Call it before
  // the first Sign, and not before the ledger may be written.
  Status RecordRotation();

 private:
  LogSigner(LogSignerSettings settings, EventLog& log, SigningKey signing, std::uint64_t epoch);

  Status LoadRotations();
  Status PrepareRotation();

  const LogSignerSettings settings_;
  EventLog& log_;
  const SigningKey signing_;
  const VerifierKey key_;
  const std::uint64_t epoch_;
  mutable std::mutex mutex_;
  std::vector<VerifierKey> known_;      // The key and those before it.
  std::vector<std::string> rotations_;  // On the ledger.
  std::optional<v1::SigningKeyRotated> pending_;
};

}  // namespace hq::ledger
