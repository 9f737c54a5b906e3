// ExportEntries: a range of the ledger as lines, up to the head as it was when the call came.
#pragma once

#include "common/grpc/identity.hpp"
#include "hq/ledger/v1/document_service.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/chunk_source.hpp"

namespace hq::ledger {

class ExportSource final : public ChunkSource {
 public:
  // `log` outlives it.
  ExportSource(RocksEventLog& log, const rpc::Caller& caller,
               const v1::ExportEntriesRequest& request);
  Step Next(SteadyTime now) override;

 private:
  RocksEventLog& log_;
  Status refused_;
  Range range_;
  std::uint64_t left_;
  bool is_done_ = false;
};

}  // namespace hq::ledger
