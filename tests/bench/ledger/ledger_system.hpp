// The ledger under test: the real hq-ledger with its own data, spoken to over gRPC on the loopback
// by `sync`.
#pragma once

#include <signal.h>

#include <memory>
#include <string>

#include "tests/bench/harness/system.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"

namespace hq::bench {

class LedgerSystem final : public System {
 public:
  // How it is used.
  enum class Way {
    kStreams,      // Every client keeps an AppendStream open, as a database's client its session.
    kUnary,        // A call of its own for every append.
    kWithoutNats,  // As kStreams, with no nats-server beside it: a store alone, as its peers are.
  };

  // `bin_dir` holds hq-ledger. Not started before Reset.
  LedgerSystem(std::string bin_dir, Way way) : bin_dir_(std::move(bin_dir)), way_(way) {}
  ~LedgerSystem() override;

  std::string name() const override;
  Durability durability() const override { return Durability::kFsync; }
  // What a call of its own costs shows best where each appends one event.
  bool Takes(AppendLoad::Kind kind) const override {
    return way_ != Way::kUnary || kind == AppendLoad::Kind::kVersioned;
  }
  Status Reset() override;
  Result<AppendResult> Append(const AppendLoad& load) override;
  // One server stream; records are counted by their frames, not parsed.
  Result<double> CatchUp(std::uint64_t events) override;
  Status Kill() override;
  Status Restart() override;
  std::string data_dir() const override { return process_->data_dir(); }
  Result<std::uint64_t> Stored() override;

  // Freezes the ledger and its nats-server: what is left to be announced does not disturb others.
  void Pause() override { SignalBoth(SIGSTOP); }
  void Resume() override { SignalBoth(SIGCONT); }

  bool IsRunning() const { return process_ && process_->process() > 0; }

  // Waits until everything is announced. kDeadlineExceeded.
  Status WaitUntilAnnounced() const;

  // The value of a metric without labels. kUnavailable, kNotFound.
  Result<double> Metric(const std::string& name) const;
  // Resident memory of hq-ledger in MB (10^6 bytes).
  Result<double> MemoryMegabytes() const;

  std::string address() const { return process_->address(); }
  const std::string& token() const { return token_; }
  // Not kWithoutNats.
  nats::Login Reader() const { return nats_->ReaderLogin(); }

 private:
  void SignalBoth(int signal) const;

  const std::string bin_dir_;
  const Way way_;
  const std::string token_ = "token-of-sync";
  std::unique_ptr<testing::NatsServer> nats_;
  std::unique_ptr<testing::LedgerProcess> process_;
  int runs_ = 0;  // Every run has streams of its own.
};

}  // namespace hq::bench
