// Reads a response whose field 1 holds records, keeping each record's bytes as they came: what the
// chain's hashes are made of.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <vector>

#include "common/events/event_log.hpp"

namespace hq::ledger {

// Appends the records to `records` and reads all other fields into `rest`. kDataLoss if the bytes
// are no such message.
Status ReadWire(const grpc::ByteBuffer& wire, std::vector<Recorded>& records,
                google::protobuf::Message& rest);

}  // namespace hq::ledger
