// Explain: the causal chain of a record, both ways.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "common/grpc/identity.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

// An ExplainResponse on the wire, whose records are the bytes stored. kNotFound if there is no such
// record for that caller; what the caller may not see is left out with all that hangs on it.
Result<grpc::ByteBuffer> Explain(const RocksEventLog& log, const rpc::Caller& caller,
                                 const v1::ExplainRequest& request);

}  // namespace hq::ledger
