// A client's channel and call context: token, deadline, retries where they are safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/events/event_log.hpp"

namespace hq::rpc {

// Connects lazily and for ever; keepalive on; messages up to 8 MiB.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// Puts the token and a deadline on a context.
void Prepare(grpc::ClientContext& context, const std::string& token,
             std::chrono::milliseconds timeout);

// As Prepare, and carries a command: `hq-command-id`, and for whom (`hq-actor`, `hq-actor-role`).
void PrepareCommand(grpc::ClientContext& context, const std::string& token,
                    std::chrono::milliseconds timeout, const CommandMeta& meta);

}  // namespace hq::rpc
