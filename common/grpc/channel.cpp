#include "common/grpc/channel.hpp"

namespace hq::rpc {

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  constexpr int kMessageBytesMax = 8 << 20;
  constexpr int kFrameBytesMax = 1 << 20;
  constexpr int kLookaheadBytes = 1 << 20;
  // A peer that is gone without a word is noticed within half a minute, also while nothing is
  // asked.
  constexpr int kPingAfterMs = 20'000;
  constexpr int kPingTimeoutMs = 10'000;
  constexpr int kFirstBackoffMs = 100;
  constexpr int kLongestBackoffMs = 1'000;
  // Above the longest back-off, and meant so: it is also how long one attempt to connect may take,
  // and a busy machine needs more than the back-off.
  constexpr int kConnectMs = 5'000;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // For streams of megabytes: frames and a window larger than HTTP/2's own of 16 and 64 KiB.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kFrameBytesMax);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingAfterMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestBackoffMs);
  // A channel of its own, not one shared with every other client of the same address in this
  // process.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void Prepare(grpc::ClientContext& context, const std::string& token,
             std::chrono::milliseconds timeout) {
  context.AddMetadata("authorization", "Bearer " + token);
  context.set_deadline(std::chrono::system_clock::now() + timeout);
}

void PrepareCommand(grpc::ClientContext& context, const std::string& token,
                    std::chrono::milliseconds timeout, const CommandMeta& meta) {
  Prepare(context, token, timeout);
  if (!meta.command_id.empty()) context.AddMetadata("hq-command-id", meta.command_id);
  if (!meta.actor.empty()) context.AddMetadata("hq-actor", meta.actor);
  if (!meta.role.empty()) context.AddMetadata("hq-actor-role", meta.role);
  if (!meta.correlation_id.empty()) context.AddMetadata("hq-correlation-id", meta.correlation_id);
  if (!meta.causation_id.empty()) context.AddMetadata("hq-causation-id", meta.causation_id);
  if (!meta.traceparent.empty()) context.AddMetadata("traceparent", meta.traceparent);
}

}  // namespace hq::rpc
