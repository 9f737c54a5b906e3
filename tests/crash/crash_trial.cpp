#include "tests/crash/crash_trial.hpp"

#include "services/ledger/adapters/nats_announcement_stream.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

constexpr std::chrono::seconds kPatience(60);
constexpr const char* kAdmin = "ann";

nats::Login Nobody() {
  return {"nats://127.0.0.1:" + std::to_string(FreePort()), "ledger", "password"};
}

}  // namespace

CrashTrial::CrashTrial() : ledger_(HQ_BIN_DIR, PrincipalsJson(), Nobody()) {}

CrashTrial::CrashTrial(const NatsServer& nats)
    : ledger_(HQ_BIN_DIR, PrincipalsJson(), nats.LedgerLogin()) {}

CrashTrial::~CrashTrial() { EndWriters(); }

void CrashTrial::Begin(int writers) {
  for (int i = 0; i < writers; ++i)
    writers_.push_back(std::make_unique<ChainWriter>(ledger_.address(), TokenOf(kAdmin),
                                                     "w" + std::to_string(++writers_made_)));
  if (follower_) return;
  follower_ = std::make_unique<LedgerFollower>(ledger_.address(), TokenOf(kAdmin));
  follower_->Follow();
}

std::vector<Acknowledged> CrashTrial::Told() const {
  std::vector<Acknowledged> all = told_before_;
  for (const auto& writer : writers_) {
    const auto told = writer->acknowledged();
    all.insert(all.end(), told.begin(), told.end());
  }
  return all;
}

std::size_t CrashTrial::told_count() const {
  std::size_t count = told_before_.size();
  for (const auto& writer : writers_) count += writer->count();
  return count;
}

bool CrashTrial::AwaitMore(std::size_t commands) {
  const std::size_t enough = told_count() + commands;
  bool has_ended = false;
  const bool is_over = Eventually(
      [&] {
        has_ended = ledger_.HasEnded();
        return has_ended || told_count() >= enough;
      },
      kPatience);
  return is_over && !has_ended;
}

void CrashTrial::AwaitMoment(std::chrono::milliseconds wait) {
  Eventually([this] { return ledger_.HasEnded(); }, wait);
}

void CrashTrial::ExpectNothingIsLost(bool is_end) {
  ExpectNoFaults();
  const auto audited = AuditLedger(ledger_.address(), TokenOf(kAdmin), Told());
  EXPECT_TRUE(audited.ok()) << audited.status() << "\n" << ledger_.Log();
  if (!is_end) return;
  EndWriters();
  const auto at_the_end = AuditLedger(ledger_.address(), TokenOf(kAdmin), told_before_);
  EXPECT_TRUE(at_the_end.ok()) << at_the_end.status() << "\n" << ledger_.Log();
  ExpectSameProjection();
}

void CrashTrial::EndWriters() {
  for (const auto& writer : writers_) writer->RequestStop();
  for (const auto& writer : writers_) writer->Stop();
  ExpectNoFaults();
  told_before_ = Told();
  writers_.clear();
}

void CrashTrial::ExpectNoFaults() {
  for (const auto& writer : writers_) EXPECT_EQ(writer->fault(), absl::OkStatus()) << ledger_.Log();
}

void CrashTrial::ExpectSameProjection() {
  if (!follower_) return;
  EXPECT_EQ(CompareWithNew(*follower_, ledger_.address(), TokenOf(kAdmin)), absl::OkStatus())
      << ledger_.Log();
  follower_->Follow();
}

bool IsAnnouncedOnce(const NatsServer& nats, Position head) {
  ledger::AnnouncerSettings settings;
  settings.login = nats.LedgerLogin();
  const auto stream = ledger::NatsAnnouncementStream::Open(settings);
  if (!stream.ok()) return false;
  const auto is_so = [&] {
    const auto state = (*stream)->Ensure();
    return state.ok() && state->messages == head && state->last_sequence == head;
  };
  return Eventually(is_so);
}

}  // namespace hq::testing
