// What tests of backups and restores share: a ledger in memory that people append to, its key, and
// an archive to look into.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "common/transparency/checkpoint.hpp"
#include "common/witness/signing_key.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/key_file.hpp"
#include "tests/support/memory_backup_source.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {

class SignedHistory {
 public:
  explicit SignedHistory(std::uint64_t seed = 1) : random_(seed) {}

  // Appends so many entries at random, a few milliseconds apart.
  void Append(int count) {
    MemoryEventLog log(ledger_, CallerNamed("ann"));
    for (int i = 0; i < count; ++i) {
      clock_.Advance(std::chrono::microseconds(1 + random_() % 5'000'000));
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      append->add_events()->set_branch("koosy");
      append->mutable_events(0)->set_event("page_seen");
      append->mutable_events(0)->set_status(std::string(random_() % 60, 's'));
      const auto response = log.Append(request);
      ASSERT_TRUE(response.ok()) << response.status();
    }
  }

  const std::string& BytesAt(Position position) const {
    return ledger_.records[position - 1].bytes;
  }
  std::int64_t TimeAt(Position position) const {
    return ledger_.records[position - 1].record.recorded_at_us();
  }
  Position end() const { return ledger_.head.position; }

  ledger::SigningKey Key() const {
    auto key = ledger::SigningKey::FromFile(key_file_, ledger::LogKeyName(ledger_.head.log_id));
    HQ_CHECK(key.ok(), key.status().ToString().c_str());
    return *std::move(key);
  }
  ledger::VerifierKey PublicKey() const { return Key().PublicKey(ledger::KeyType::kEd25519); }
  std::string SignTree(const ledger::TreeHead& head) const {
    const std::string text =
        ledger::Checkpoint{ledger::LogKeyName(ledger_.head.log_id), head, {}}.Format();
    return ledger::FormatSignedNote({text, {Key().Sign(text)}});
  }
  MemoryBackupSource::Sign Signer() const {
    return [this](const ledger::TreeHead& head) { return SignTree(head); };
  }
  ledger::KeyFor KeyFor() const {
    return [this](const std::string& log_id) {
      return ledger::SigningKey::FromFile(key_file_, ledger::LogKeyName(log_id));
    };
  }

  const std::string& key_file() const { return key_file_; }
  FakeClock& clock() { return clock_; }
  MemoryLedger& ledger() { return ledger_; }

 private:
  std::mt19937_64 random_;
  FakeClock clock_;
  MemoryLedger ledger_{clock_};
  TempDir directory_;
  const std::string key_file_ = KeyFile(directory_, "signing.key", std::string(32, 'k'));
};

}  // namespace hq::testing
