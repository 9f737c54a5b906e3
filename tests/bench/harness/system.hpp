// A store under test, the ledger or one of its peers, with the server that belongs to it. Every
// driver is written as that store's experts would: prepared statements, pipelining, async calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "common/base/result.hpp"
#include "tests/bench/harness/meter.hpp"
#include "tests/bench/report/row.hpp"

namespace hq::bench {

// Not thread-safe, but for acknowledged() and Kill(), which may be called while Append runs.
// Methods that a system does not have return kUnimplemented; a server that misbehaves is
// kUnavailable or kInternal, naming what it said.
class System {
 public:
  virtual ~System() = default;

  virtual std::string name() const = 0;
  virtual Durability durability() const = 0;
  virtual bool Takes(AppendLoad::Kind kind) const = 0;

  // Empties it and makes it ready; also before its first use.
  virtual Status Reset() = 0;

  // One closed loop.
  virtual Result<AppendResult> Append(const AppendLoad& load) = 0;

  // Reads the first `events` in their order, from the beginning; events a second.
  virtual Result<double> CatchUp(std::uint64_t events);

  // SIGKILL to all of its processes, and waits for their end.
  virtual Status Kill();
  // Starts what was killed, on the same data; returns when it takes connections.
  virtual Status Restart();
  // The directory of its data, for dropping it from the page cache.
  virtual std::string data_dir() const;
  // How many events it holds.
  virtual Result<std::uint64_t> Stored();

  // Stops what it does besides answering, so that it does not disturb the others' rounds.
  virtual void Pause() {}
  virtual void Resume() {}

  // Events acknowledged since Reset.
  std::uint64_t acknowledged() const { return acknowledged_; }

  // Appends `events`, in large batches, unmeasured.
  Status Fill(std::uint64_t events);

 protected:
  std::atomic<std::uint64_t> acknowledged_ = 0;
};

}  // namespace hq::bench
