// C2SP signed notes: what is parsed is canonical, byte by byte.
#include "common/transparency/signed_note.hpp"

#include <set>

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool SignedNote(std::string_view bytes) {
  const auto base64 = ledger::ParseBase64(bytes);
  HQ_CHECK(!base64.ok() || ledger::FormatBase64(*base64) == bytes, "base64 has one spelling");
  const auto note = ledger::ParseSignedNote(bytes);
  if (!note.ok()) {
    CheckRefusal(note.status());
    return base64.ok();
  }
  HQ_CHECK(ledger::FormatSignedNote(*note) == bytes, "a note has one spelling");
  HQ_CHECK(bytes.size() <= ledger::kNoteBytesMax, "a note is bounded");
  HQ_CHECK(!note->signatures.empty() && note->signatures.size() <= ledger::kNoteSignaturesMax,
           "signatures are bounded");
  HQ_CHECK(IsUtf8(note->text) && note->text.ends_with('\n'), "a text is lines of UTF-8");
  std::set<std::pair<std::string, std::uint32_t>> keys;
  for (const auto& signature : note->signatures)
    HQ_CHECK(ledger::IsKeyName(signature.key_name) &&
                 signature.signature.size() <= ledger::kSignatureBytesMax &&
                 keys.emplace(signature.key_name, signature.key_id).second,
             "each signature is of another key");
  return true;
}

}  // namespace hq::fuzz
