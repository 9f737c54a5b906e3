// What the ledger says of itself to the outside: "this many records, this root", a C2SP
// tlog-checkpoint. It is believed only when the ledger's own key signed it, and cosigned by
// witnesses who have seen that nothing before it was changed (C2SP tlog-cosignature, version 1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/proof.hpp"
#include "common/transparency/signed_note.hpp"
#include "common/transparency/verifier_key.hpp"

namespace hq::ledger {

struct Checkpoint {
  std::string origin;  // The log's name, and that of its key.
  TreeHead head;
  std::vector<std::string> extensions;  // More lines; ours says the epoch.

  // The text of the note. kInvalidArgument.
  static Result<Checkpoint> Parse(std::string_view text);
  std::string Format() const;

  // The life of the ledger that the head is of; 1 if no line says it.
  std::uint64_t epoch() const;
};

// The extension line that says of which life a head is: after a restore another tree may have the
// size that one had before.
std::string EpochLine(std::uint64_t epoch);

// A witness's word that it knew this checkpoint to be the largest consistent one at that time.
struct Cosignature {
  std::string witness;
  std::int64_t time_s = 0;  // Since 1970, by the witness's clock.
};

// A note whose signature by the log holds.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  SignedNote note;
};

// Parses a note and checks that the log's key signed it. kInvalidArgument for what is no
// checkpoint, kPermissionDenied if the log did not sign it or is another.
Result<SignedCheckpoint> OpenCheckpoint(std::string_view bytes, const VerifierKey& log);

// Those of `witnesses` that cosigned it, in their order. Signatures of others are ignored;
// kPermissionDenied if one of a known witness does not hold.
Result<std::vector<Cosignature>> CosignaturesOf(const SignedNote& note,
                                                const std::vector<VerifierKey>& witnesses);

// What a witness signs, and what its signature line carries besides: the time, then the signature.
std::string CosignedMessage(std::string_view text, std::int64_t time_s);
std::string TimedSignature(std::int64_t time_s, std::string_view signature);

}  // namespace hq::ledger
