// How a call whose request is still bytes is let in.
#pragma once

#include <grpcpp/grpcpp.h>

#include "common/grpc/door.hpp"
#include "services/ledger/api/wire.hpp"

namespace hq::ledger {

// Reads a raw request and lets its caller in. A request that cannot be read is refused only to a
// caller who could have made it. Codes as Door::Admit; kInvalidArgument.
template <class Request>
Result<rpc::Call> AdmitRaw(const rpc::Door& door, const grpc::CallbackServerContext& context,
                           const grpc::ByteBuffer& bytes, Request& request) {
  const bool is_readable = FromWire(bytes, request);
  if (!is_readable) request.Clear();
  HQ_ASSIGN_OR_RETURN(auto call, door.Admit(context, request));
  if (!is_readable) return MalformedRequest();
  return call;
}

}  // namespace hq::ledger
