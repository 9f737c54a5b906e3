#include "services/ledger/api/wire.hpp"

#include <grpcpp/support/proto_buffer_reader.h>

#include <memory>

namespace hq::ledger {
namespace {

// A slice that owns the string: nothing is copied.
grpc::Slice SliceHolding(std::string bytes) {
  auto held = std::make_unique<std::string>(std::move(bytes));
  void* const data = held->data();
  const std::size_t size = held->size();
  const auto release = [](void* text) { delete static_cast<std::string*>(text); };
  return {data, size, release, held.release()};
}

}  // namespace

// The fields of a message may stand in any order, and the encodings of two messages one behind the
// other are the encoding of their merger.
grpc::ByteBuffer ToWire(std::string frames, const google::protobuf::Message& rest) {
  rest.AppendToString(&frames);
  const grpc::Slice slice = SliceHolding(std::move(frames));
  return {&slice, 1};
}

Status MalformedRequest() {
  return Refusal(absl::StatusCode::kInvalidArgument, "request: cannot be read", "INVALID_FIELD",
                 "Send the message that the method takes.");
}

// Reads from the slices as they came: a request of megabytes is not copied first.
bool FromWire(const grpc::ByteBuffer& wire, google::protobuf::Message& message) {
  grpc::ByteBuffer bytes(wire);
  grpc::ProtoBufferReader reader(&bytes);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

}  // namespace hq::ledger
