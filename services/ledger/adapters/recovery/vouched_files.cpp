#include "services/ledger/adapters/recovery/vouched_files.hpp"

#include "common/runtime/durable_file.hpp"
#include "common/witness/signing_key.hpp"
#include "common/witness/verifier_key_file.hpp"
#include "services/ledger/adapters/checkpoint_files.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"

namespace hq::ledger {
namespace {

// A note, and what to do if it is of no use.
struct FoundNote {
  std::string file;
  std::string note;
};

struct FoundNotes {
  std::vector<FoundNote> notes;
  std::vector<FileFault> faults;
};

Result<FoundNotes> ReadNotes(const RecoverySettings& settings) {
  FoundNotes found;
  const CheckpointFiles files(settings.data_dir);
  const auto add = [&](const std::string& file, const Result<std::optional<std::string>>& note) {
    if (!note.ok()) found.faults.push_back({file, std::string(note.status().message())});
    if (note.ok() && *note) found.notes.push_back({file, **note});
  };
  add(files.checkpoint_file(), files.LoadCheckpoint());
  add(files.witnessed_file(), files.LoadWitnessed());
  const auto cosigned = files.LoadCosigned();
  if (!cosigned.ok())
    found.faults.push_back({files.cosigned_file(), std::string(cosigned.status().message())});
  if (cosigned.ok())
    for (const std::string& note : *cosigned) found.notes.push_back({files.cosigned_file(), note});
  for (const std::string& file : settings.checkpoint_files) {
    HQ_ASSIGN_OR_RETURN(const std::string note, runtime::ReadWhole(file, kNoteBytesMax));
    found.notes.push_back({file, note});
  }
  return found;
}

Status AddKeys(const RecoverySettings& settings, const std::vector<FoundNote>& notes,
               VouchedFiles& files) {
  const std::string public_file = settings.data_dir + "/signing.pub";
  const auto published = ReadVerifierKey(public_file, KeyType::kEd25519);
  if (published.ok()) files.keys.push_back(*published);
  if (!published.ok() && !absl::IsNotFound(published.status()))
    files.faults.push_back({public_file, std::string(published.status().message())});
  for (const std::string& file : settings.log_key_files) {
    HQ_ASSIGN_OR_RETURN(const auto keys, ReadVerifierKeys(file, KeyType::kEd25519));
    files.keys.insert(files.keys.end(), keys.begin(), keys.end());
  }
  std::string origin = files.keys.empty() ? "" : files.keys.front().name;
  for (const FoundNote& one : notes)
    if (origin.empty()) origin = OriginOf(one.note);
  const std::string prefix = LogKeyName("");
  if (!origin.starts_with(prefix)) return absl::OkStatus();
  files.log_id = origin.substr(prefix.size());
  const auto own = SigningKey::FromFile(settings.key_file, origin);
  if (own.ok()) files.keys.push_back(own->PublicKey(KeyType::kEd25519));
  if (!own.ok() && !absl::IsNotFound(own.status()))
    files.faults.push_back({settings.key_file,
                            "the signing key cannot be read; put it back from where it is kept: " +
                                std::string(own.status().message()),
                            false});
  return absl::OkStatus();
}

}  // namespace

std::string OriginOf(const std::string& bytes) {
  const auto note = ParseSignedNote(bytes);
  const auto checkpoint =
      note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.status());
  return checkpoint.ok() ? checkpoint->origin : std::string();
}

Result<Checkpoint> OpenVouched(const std::string& note, const std::vector<VerifierKey>& keys) {
  Status refused = absl::PermissionDeniedError("there is no key to check it by");
  for (const VerifierKey& key : keys) {
    auto opened = OpenCheckpoint(note, key);
    if (opened.ok()) return std::move(opened->checkpoint);
    refused = opened.status();
  }
  return refused;
}

namespace {

// Why the ledger would not take what it kept: nobody's signature under it may be broken. Empty if
// it would.
std::string FaultIn(const std::string& bytes, const std::vector<VerifierKey>& witnesses) {
  const auto note = ParseSignedNote(bytes);
  const auto cosigned = note.ok() ? CosignaturesOf(*note, witnesses)
                                  : Result<std::vector<Cosignature>>(note.status());
  return cosigned.ok() ? "" : std::string(cosigned.status().message());
}

// As the ledger takes it on start: a witness that is none any more has nothing to say. To a person
// who does not name the witnesses' keys every word counts.
void AddOther(const RecoverySettings& settings, const std::vector<VerifierKey>& witnesses,
              VouchedFiles& files) {
  const CheckpointFiles kept(settings.data_dir);
  const auto bytes = kept.LoadWitnessedOther();
  if (bytes.ok() && !*bytes) return;
  const std::string origin = bytes.ok() ? OriginOf(**bytes) : "";
  const std::string fault = !bytes.ok()      ? std::string(bytes.status().message())
                            : origin.empty() ? "it is no checkpoint"
                                             : FaultIn(**bytes, witnesses);
  if (!fault.empty()) {
    files.faults.push_back({kept.witnessed_other_file(), fault});
    return;
  }
  const auto by = CosignaturesOf(*ParseSignedNote(**bytes), witnesses);
  const bool is_anybody_heard = witnesses.empty() && !settings.is_unattended;
  if (is_anybody_heard || (by.ok() && !by->empty())) files.other_ledger = origin;
}

}  // namespace

Result<VouchedFiles> ReadVouchedFiles(const RecoverySettings& settings) {
  HQ_ASSIGN_OR_RETURN(FoundNotes found, ReadNotes(settings));
  VouchedFiles files;
  files.faults = std::move(found.faults);
  HQ_RETURN_IF_ERROR(AddKeys(settings, found.notes, files));
  std::vector<VerifierKey> witnesses;
  if (!settings.witness_keys_file.empty()) {
    HQ_ASSIGN_OR_RETURN(witnesses,
                        ReadVerifierKeys(settings.witness_keys_file, KeyType::kCosignatureV1));
  }
  for (const FoundNote& one : found.notes) {
    const auto checkpoint = OpenVouched(one.note, files.keys);
    if (checkpoint.ok()) {
      files.heads.push_back({one.file, checkpoint->epoch(), checkpoint->head});
      const std::string fault = FaultIn(one.note, witnesses);
      if (!fault.empty()) files.faults.push_back({one.file, fault});
      continue;
    }
    const bool is_known = !files.faults.empty() && files.faults.back().path == one.file;
    if (!is_known)
      files.faults.push_back({one.file,
                              "no key of this log signed what it says (name an older one "
                              "by --log-key): " +
                                  std::string(checkpoint.status().message())});
  }
  AddOther(settings, witnesses, files);
  return files;
}

}  // namespace hq::ledger
