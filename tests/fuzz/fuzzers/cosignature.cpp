// A witness's cosignature: it holds for that text and that time, and with no bit turned.
#include "common/base/check.hpp"
#include "common/transparency/checkpoint.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/signer.hpp"

namespace hq::fuzz {

// Input: time (8 bytes), which byte to change (1), by what (1), how long the signature is cut (1);
// then the text.
bool Cosignature(std::string_view bytes) {
  Input input(bytes);
  const auto time_s = static_cast<std::int64_t>(input.Number());
  const std::uint8_t place = input.Byte();
  const std::uint8_t change = input.Byte();
  const std::uint8_t cut = input.Byte();
  const std::string text(input.rest());
  const Signer witness("billing", 'w');
  const std::vector<ledger::VerifierKey> keys = {
      witness.PublicKey(ledger::KeyType::kCosignatureV1)};

  // Any note: whoever wrote it has no cosignature of this witness.
  if (const auto note = ledger::ParseSignedNote(text); note.ok()) {
    const auto found = ledger::CosignaturesOf(*note, keys);
    HQ_CHECK(!found.ok() || found->empty(), "nobody cosigns by chance");
  }

  ledger::SignedNote note{text, {witness.Cosign(text, time_s)}};
  std::string& signature = note.signatures[0].signature;
  signature[place % signature.size()] ^= static_cast<char>(change);
  signature.resize(signature.size() - std::min<std::size_t>(cut, signature.size()));
  const auto cosignatures = ledger::CosignaturesOf(note, keys);
  const bool is_genuine = change == 0 && cut == 0 && time_s >= 0;
  HQ_CHECK(cosignatures.ok() == is_genuine, "a cosignature holds as it was made, and only then");
  if (!cosignatures.ok()) {
    CheckRefusal(cosignatures.status());
    return false;
  }
  HQ_CHECK(cosignatures->size() == 1 && cosignatures->front().time_s == time_s &&
               cosignatures->front().witness == "billing",
           "it says who and when");
  return true;
}

}  // namespace hq::fuzz
