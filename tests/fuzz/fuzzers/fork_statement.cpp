// The statement that opens a new life of the ledger: one spelling, and whoever watches the log
// reads the same point out of it as the ledger does.
#include "services/ledger/core/fork_statement.hpp"

#include "common/base/check.hpp"
#include "common/transparency/signed_note.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/signer.hpp"

namespace hq::fuzz {
namespace {

void CheckSigned(const ledger::ForkStatement& statement, std::string_view text) {
  const Signer log("hq-os/" + statement.log_id, 'l');
  const auto key = log.PublicKey(ledger::KeyType::kEd25519);
  const std::string bytes = ledger::FormatSignedNote({std::string(text), {log.Sign(text)}});
  const auto forks = ledger::ForksIn({bytes});
  if (!ledger::ParseSignedNote(bytes).ok()) {
    HQ_CHECK(!forks.ok(), "what is no note is no fork");
    return;
  }
  HQ_CHECK(forks.ok() && forks->size() == 1 && forks->front() == statement.point,
           "the ledger reads its own statement");
  const auto opened = ledger::OpenFork(bytes, key);
  HQ_CHECK(opened.ok() && *opened == statement.point, "a watcher reads the same point");
  const auto other = ledger::OpenFork(
      bytes, Signer("hq-os/" + statement.log_id, 'o').PublicKey(ledger::KeyType::kEd25519));
  HQ_CHECK(absl::IsPermissionDenied(other.status()), "another key's statement is refused");
}

}  // namespace

bool ForkStatement(std::string_view bytes) {
  const auto statement = ledger::ForkStatement::Parse(bytes);
  if (!statement.ok()) {
    CheckRefusal(statement.status());
    return false;
  }
  HQ_CHECK(statement->Format() == bytes, "a statement has one spelling");
  HQ_CHECK(statement->point.from_epoch < statement->point.epoch, "a life follows an earlier one");
  CheckSigned(*statement, bytes);
  return true;
}

}  // namespace hq::fuzz
