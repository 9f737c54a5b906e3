// Messages made by hand, so that a record leaves as the very bytes that were stored and hashed.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <vector>

namespace hq::ledger {

// The encoding of a response whose field 1 holds records: `records` there, the fields of `rest`
// behind them.
grpc::ByteBuffer ToWire(const std::vector<std::string>& records,
                        const google::protobuf::Message& rest);

// False if the bytes are no such message.
bool FromWire(const grpc::ByteBuffer& wire, google::protobuf::Message& message);

}  // namespace hq::ledger
