// What the ledger answers, as a client reads it: records are the bytes that came, also when they
// come in pieces, and the other fields are kept.
#include "common/ledger_client/record_wire.hpp"

#include "common/base/check.hpp"
#include "services/ledger/api/wire.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {
namespace {

grpc::ByteBuffer InPieces(std::string_view bytes, std::size_t piece_bytes) {
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
    slices.emplace_back(std::string(bytes.substr(at, piece_bytes)));
  return {slices.data(), slices.size()};
}

}  // namespace

bool RecordWire(std::string_view bytes) {
  std::vector<Recorded> records, again;
  ledger::v1::ReadResponse rest, rest_again;
  const Status read = ledger::ReadWire(InPieces(bytes, bytes.size() + 1), records, rest);
  const Status in_pieces = ledger::ReadWire(InPieces(bytes, 3), again, rest_again);
  HQ_CHECK(read.ok() == in_pieces.ok(), "pieces make no difference");
  ledger::v1::AppendRequest request;
  static_cast<void>(ledger::FromWire(InPieces(bytes, 5), request));
  if (!read.ok()) {
    HQ_CHECK(absl::IsDataLoss(read), "what cannot be read is lost data");
    return false;
  }
  HQ_CHECK(rest.records().empty(), "records are not read twice");
  std::string frames;
  for (const Recorded& recorded : records) ledger::AddFrame(frames, recorded.bytes);
  std::vector<Recorded> written;
  ledger::v1::ReadResponse rest_written;
  HQ_CHECK(ledger::ReadWire(ledger::ToWire(frames, rest), written, rest_written).ok(),
           "what was read can be written and read");
  HQ_CHECK(written.size() == records.size() && again.size() == records.size(),
           "no record is lost or made");
  for (std::size_t i = 0; i < records.size(); ++i)
    HQ_CHECK(written[i].bytes == records[i].bytes && again[i].bytes == records[i].bytes,
             "a record stays the bytes that it was");
  HQ_CHECK(rest_written.SerializeAsString() == rest.SerializeAsString(), "the rest is kept");
  return !records.empty();
}

}  // namespace hq::fuzz
