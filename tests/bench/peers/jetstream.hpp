// NATS JetStream with a file store, as it is by default (answers come from the page cache) or with
// its directory synchronous (`chattr +S`: every write is on disk before the answer). Publishing is
// asynchronous, with expected sequences; reading is its ordered consumer.
#pragma once

#include <memory>
#include <string>

#include "common/nats/connection.hpp"
#include "tests/bench/harness/server.hpp"
#include "tests/bench/harness/system.hpp"
#include "tests/bench/peers/jetstream_stream.hpp"

namespace hq::bench {

class JetStream final : public System {
 public:
  // A server of its own in a temporary directory, running. kFsync is kUnimplemented where the file
  // system knows no synchronous directories.
  static Result<std::unique_ptr<JetStream>> Start(Durability durability);
  ~JetStream() override;

  std::string name() const override;
  Durability durability() const override { return durability_; }
  bool Takes(AppendLoad::Kind kind) const override { return kind != AppendLoad::Kind::kBatched; }
  Status Reset() override;
  // Versioned: every client has a subject of its own, and expects its last sequence. Streaming: one
  // publisher, which expects the stream's last sequence.
  Result<AppendResult> Append(const AppendLoad& load) override;
  Result<double> CatchUp(std::uint64_t events) override;
  Status Kill() override;
  Status Restart() override;
  std::string data_dir() const override { return server_.directory() / "data"; }
  Result<std::uint64_t> Stored() override;

  nats::Login Login() const { return {url_, "", ""}; }

 private:
  explicit JetStream(Durability durability) : durability_(durability) {}
  Status Initialise();

  const Durability durability_;
  Server server_{"jetstream"};
  int port_ = 0;
  std::string url_;
  std::unique_ptr<JetStreamStream> stream_;
};

}  // namespace hq::bench
