#include "tests/bench/peers/redis.hpp"

#include <signal.h>

#include "tests/bench/peers/redis_loop.hpp"

namespace hq::bench {
namespace {

// Appends the event if the entity has the version that is named, and moves the version.
constexpr const char* kVersionedAppend =
    "local version = redis.call('GET', KEYS[2]) or '0' "
    "if version ~= ARGV[1] then return redis.error_reply('VERSION ' .. version) end "
    "redis.call('INCR', KEYS[2]) "
    "return redis.call('XADD', KEYS[1], '*', 'e', ARGV[2])";

}  // namespace

Result<std::unique_ptr<Redis>> Redis::Start() {
  std::unique_ptr<Redis> redis(new Redis);
  HQ_RETURN_IF_ERROR(redis->Restart());
  return redis;
}

Status Redis::Restart() {
  const std::vector<std::string> command = {
      "redis-server", "--port", "0", "--unixsocket", Socket(), "--dir", server_.directory().path(),
      // Synced before the answer; the file is never rewritten while it is being measured.
      "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
      "--save", ""};
  return server_.Start(command, [this] {
    const auto context = Connect();
    if (!context.ok()) return false;
    const auto reply = Ask(*context, "PING");
    return reply.ok() && (*reply)->type == REDIS_REPLY_STATUS;
  });
}

Status Redis::Kill() { return server_.End(SIGKILL); }

Result<Redis::Context> Redis::Connect() const {
  Context context(redisConnectUnix(Socket().c_str()));
  if (!context || context->err != 0) return absl::UnavailableError("redis takes no connection");
  return context;
}

Result<Redis::Reply> Redis::Ask(const Context& context, const std::string& command) {
  Reply reply(static_cast<redisReply*>(redisCommand(context.get(), command.c_str())));
  if (!reply) return absl::UnavailableError(std::string("redis: ") + context->errstr);
  if (reply->type == REDIS_REPLY_ERROR)
    return absl::UnavailableError(std::string("redis: ") + reply->str);
  return reply;
}

// The rewrite leaves an empty file behind.
Status Redis::Reset() {
  acknowledged_ = 0;
  HQ_ASSIGN_OR_RETURN(const Context context, Connect());
  HQ_RETURN_IF_ERROR(Ask(context, "FLUSHALL SYNC").status());
  return Ask(context, "BGREWRITEAOF").status();
}

Result<AppendResult> Redis::Append(const AppendLoad& load) {
  std::string script;
  if (load.kind == AppendLoad::Kind::kVersioned) {
    HQ_ASSIGN_OR_RETURN(const Context context, Connect());
    const Reply reply(
        static_cast<redisReply*>(redisCommand(context.get(), "SCRIPT LOAD %s", kVersionedAppend)));
    if (!reply || reply->type != REDIS_REPLY_STRING)
      return absl::InternalError("redis does not take the script");
    script = reply->str;
  }
  RedisLoop loop(load, "run" + std::to_string(++runs_), script, acknowledged_);
  for (int i = 0; i < load.clients; ++i) HQ_RETURN_IF_ERROR(loop.Connect(Socket()));
  return loop.Run();
}

Result<double> Redis::CatchUp(std::uint64_t events) {
  HQ_ASSIGN_OR_RETURN(const Context context, Connect());
  const SteadyTime since = Now();
  std::uint64_t seen = 0;
  std::string last = "0";
  while (seen < events) {
    HQ_ASSIGN_OR_RETURN(const Reply reply, Ask(context, "XREAD COUNT 1000 STREAMS events " + last));
    if (reply->type != REDIS_REPLY_ARRAY) break;
    const redisReply& entries = *reply->element[0]->element[1];
    seen += entries.elements;
    last = entries.element[entries.elements - 1]->element[0]->str;
  }
  if (seen < events) return absl::InternalError("redis has " + std::to_string(seen) + " events");
  return static_cast<double>(seen) / SecondsBetween(since, Now());
}

Result<std::uint64_t> Redis::Stored() {
  HQ_ASSIGN_OR_RETURN(const Context context, Connect());
  HQ_ASSIGN_OR_RETURN(const Reply reply, Ask(context, "XLEN events"));
  return static_cast<std::uint64_t>(reply->integer);
}

}  // namespace hq::bench
