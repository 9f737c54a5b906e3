// What witnesses cosigned, as the ledger keeps it beside its store: no note is lost, made or moved,
// a cosignature holds after the file as before, and no file makes one up.
#include "services/ledger/core/cosigned_notes.hpp"

#include "common/base/check.hpp"
#include "common/transparency/checkpoint.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/signer.hpp"

namespace hq::fuzz {
namespace {

constexpr std::int64_t kCosignedAtS = 1'768'557'600;

// Whoever wrote that note is no witness of ours. Cosigned and kept it stays the same.
void CheckKept(const ledger::SignedNote& found) {
  const Signer witness("billing", 'w');
  const std::vector<ledger::VerifierKey> keys = {
      witness.PublicKey(ledger::KeyType::kCosignatureV1)};
  const auto by_chance = ledger::CosignaturesOf(found, keys);
  HQ_CHECK(!by_chance.ok() || by_chance->empty(), "nobody cosigns by chance");

  const std::string note =
      ledger::FormatSignedNote({found.text, {witness.Cosign(found.text, kCosignedAtS)}});
  if (note.size() > ledger::kNoteBytesMax) return;
  const auto kept = ledger::ParseCosignedNotes(ledger::FormatCosignedNotes({note}));
  HQ_CHECK(kept && kept->size() == 1 && kept->front() == note, "what was cosigned is kept");
  const auto opened = ledger::ParseSignedNote(kept->front());
  HQ_CHECK(opened.ok() && *opened == *ledger::ParseSignedNote(note), "what is kept is a note");
  const auto cosigned = ledger::CosignaturesOf(*opened, keys);
  HQ_CHECK(cosigned.ok() && cosigned->size() == 1 && cosigned->front().time_s == kCosignedAtS,
           "a cosignature holds after it was kept");
}

}  // namespace

bool CosignedNotes(std::string_view bytes) {
  const auto notes = ledger::ParseCosignedNotes(bytes);
  if (!notes) return false;
  const std::string written = ledger::FormatCosignedNotes(*notes);
  const auto again = ledger::ParseCosignedNotes(written);
  HQ_CHECK(again && *again == *notes, "written and read they are the same, in their order");
  HQ_CHECK(ledger::FormatCosignedNotes(*again) == written, "a list is written in one way");
  HQ_CHECK(!ledger::ParseCosignedNotes(written.substr(0, written.size() - 2)),
           "a list that is cut off is damaged");
  for (const std::string& note : *notes) {
    HQ_CHECK(IsUtf8(note), "a note is UTF-8");
    const auto signed_note = ledger::ParseSignedNote(note);
    if (!signed_note.ok()) continue;
    HQ_CHECK(ledger::FormatSignedNote(*signed_note) == note, "a note is the bytes that it was");
    CheckKept(*signed_note);
  }
  return true;
}

}  // namespace hq::fuzz
