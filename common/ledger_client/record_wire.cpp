#include "common/ledger_client/record_wire.hpp"

#include <google/protobuf/unknown_field_set.h>

namespace hq::ledger {
namespace {

constexpr int kRecordsField = 1;

}  // namespace

// Parsed as unknown fields, a record stays the bytes that it was.
Status ReadWire(const grpc::ByteBuffer& wire, std::vector<Recorded>& records,
                google::protobuf::Message& rest) {
  const Status unreadable = absl::DataLossError("an answer of the ledger that cannot be read");
  std::vector<grpc::Slice> slices;
  if (!wire.Dump(&slices).ok()) return unreadable;
  std::string bytes;
  for (const auto& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  google::protobuf::UnknownFieldSet fields;
  if (!fields.ParseFromString(bytes)) return unreadable;
  for (int i = 0; i < fields.field_count(); ++i) {
    auto* field = fields.mutable_field(i);
    if (field->number() != kRecordsField) continue;
    if (field->type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) return unreadable;
    HQ_ASSIGN_OR_RETURN(auto recorded, ParseRecord(std::move(*field->mutable_length_delimited())));
    records.push_back(std::move(recorded));
  }
  fields.DeleteByNumber(kRecordsField);
  std::string others;
  if (!fields.SerializeToString(&others) || !rest.ParseFromString(others)) return unreadable;
  return absl::OkStatus();
}

}  // namespace hq::ledger
