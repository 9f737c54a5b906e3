// Messages made by hand, so that a record leaves as the very bytes that were stored and hashed.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "common/base/result.hpp"

namespace hq::ledger {

// The encoding of a response whose field 1 holds records: `frames` (core/record_frames) are that
// field already; the fields of `rest` follow.
grpc::ByteBuffer ToWire(std::string frames, const google::protobuf::Message& rest);

// What a request that FromWire cannot read is answered with.
Status MalformedRequest();

// False if the bytes are no such message.
bool FromWire(const grpc::ByteBuffer& wire, google::protobuf::Message& message);

}  // namespace hq::ledger
