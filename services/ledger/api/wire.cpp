#include "services/ledger/api/wire.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace hq::ledger {
namespace {

// Field 1, length-delimited: (1 << 3) | 2.
constexpr std::uint32_t kRecordsTag = 0x0a;

}  // namespace

// The fields of a message may stand in any order, and the encodings of two messages one behind the
// other are the encoding of their merger.
grpc::ByteBuffer ToWire(const std::vector<std::string>& records,
                        const google::protobuf::Message& rest) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    for (const std::string& record : records) {
      coded.WriteTag(kRecordsTag);
      coded.WriteVarint32(static_cast<std::uint32_t>(record.size()));
      coded.WriteString(record);
    }
    rest.SerializeToCodedStream(&coded);
  }
  const grpc::Slice slice(std::move(bytes));
  return {&slice, 1};
}

bool FromWire(const grpc::ByteBuffer& wire, google::protobuf::Message& message) {
  std::vector<grpc::Slice> slices;
  if (!wire.Dump(&slices).ok()) return false;
  std::string bytes;
  for (const auto& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return message.ParseFromString(bytes);
}

}  // namespace hq::ledger
