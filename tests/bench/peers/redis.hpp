// Redis 7 Streams with an append-only file that is synced before every answer; pipelined commands,
// many connections driven by one thread.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>

#include "tests/bench/harness/server.hpp"
#include "tests/bench/harness/system.hpp"

namespace hq::bench {

class Redis final : public System {
 public:
  // A server of its own in a temporary directory, on a Unix socket, running.
  static Result<std::unique_ptr<Redis>> Start();

  std::string name() const override { return "redis"; }
  Durability durability() const override { return Durability::kFsync; }
  bool Takes(AppendLoad::Kind kind) const override { return kind != AppendLoad::Kind::kStreaming; }
  Status Reset() override;
  // One event: a script that checks and moves the version of the client's entity. Batches: XADD in
  // a pipeline, without a check of versions.
  Result<AppendResult> Append(const AppendLoad& load) override;
  // XREAD in chunks.
  Result<double> CatchUp(std::uint64_t events) override;
  Status Kill() override;
  Status Restart() override;
  std::string data_dir() const override { return server_.directory().path(); }
  Result<std::uint64_t> Stored() override;

 private:
  struct Closer {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  using Context = std::unique_ptr<redisContext, Closer>;
  using Reply = std::unique_ptr<redisReply, Closer>;

  Redis() = default;
  std::string Socket() const { return server_.directory() / "redis.sock"; }
  Result<Context> Connect() const;
  static Result<Reply> Ask(const Context& context, const std::string& command);

  Server server_{"redis"};
  int runs_ = 0;  // Every run has entities of its own.
};

}  // namespace hq::bench
