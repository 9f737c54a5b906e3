#include "services/ledger/api/export_source.hpp"

#include "services/ledger/api/wire.hpp"
#include "services/ledger/core/entry_document.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

ExportSource::ExportSource(RocksEventLog& log, const rpc::Caller& caller,
                           const v1::ExportEntriesRequest& request)
    : log_(log), left_(request.limit() == 0 ? ~0ULL : request.limit()) {
  v1::ReadRequest read;
  read.set_branch(request.branch());
  read.set_after_position(request.after_position());
  *read.mutable_filter() = request.filter();
  auto range = log.RangeOf(caller, read);
  refused_ = range.status();
  if (range.ok()) range_ = *std::move(range);
}

ChunkSource::Step ExportSource::Next(SteadyTime) {
  if (is_done_ || !refused_.ok()) return {std::nullopt, refused_};
  ChunkLimits limits;
  limits.records = left_;
  const Chunk chunk = log_.Read(range_, limits);
  v1::ExportEntriesResponse response;
  FrameWalker frames(chunk.frames);
  while (const auto bytes = frames.Next()) {
    v1::Record record;
    if (!record.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())))
      return {std::nullopt, absl::DataLossError("a stored record cannot be read")};
    *response.mutable_chunk() += EntryLineOf(record) + "\n";
  }
  left_ -= chunk.records;
  is_done_ = chunk.scanned_to >= range_.until || left_ == 0;
  range_.after = chunk.scanned_to;
  return {ToWire({}, response), std::nullopt};
}

}  // namespace hq::ledger
