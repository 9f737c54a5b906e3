// EventLog: the append-only truth. Implemented by RocksDB inside the ledger, by a gRPC client
// everywhere else, and by a vector in tests; tests/contract holds all three to one behaviour.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"

namespace hq {

using Version = std::uint64_t;
using Position = std::uint64_t;

// A record and the very bytes that it was read from: what hashes are made of.
struct Recorded {
  ledger::v1::Record record;
  std::string bytes;
};

// SHA-256(0x00 || bytes), RFC 6962 section 2.1.
std::string LeafHash(std::string_view record_bytes);

// The previous_hash of the first record.
std::string ZeroHash();

// Parses stored bytes. kDataLoss if they are no record.
Result<Recorded> ParseRecord(std::string bytes);

// What a decision may know about the outside world, and what the ledger records beside it. Made
// from the verified call, never from its body.
struct CommandMeta {
  TimePoint now;
  std::string actor;       // Principal id of the one for whom the command is carried out.
  std::string role;        // That actor's role.
  std::string command_id;  // Empty: the command is not idempotent.
  std::string command_digest;
  std::string correlation_id;
  std::string causation_id;
  std::string traceparent;
};

// What one read of a stream gave, and the receipt of the command that was asked about, if any.
struct StreamSlice {
  std::vector<Recorded> records;
  Version version = 0;  // Of the whole stream, at the time of the read.
  std::optional<ledger::v1::CommandReceipt> command_receipt;
};

// What one read of the log gave, in the log's order.
struct Page {
  std::vector<Recorded> records;  // Rising positions.
  Position scanned_to = 0;        // Everything up to here has been looked at.
};

// Thread-safe. Calls block until answered or until a deadline of the implementation, AppendAsync at
// most for one sync of the disk; all may return kUnavailable, and kDataLoss from a ledger that does
// not serve.
// After kUnavailable an append's outcome is unknown: repeat it with the same command_id.
class EventLog {
 public:
  using OnAppended = std::function<void(Result<ledger::v1::AppendResponse>)>;

  virtual ~EventLog() = default;

  // Appends every event or none; `done` is called exactly once, from any thread, perhaps before
  // this returns. Codes as LedgerService.Append documents them: kAborted (version or condition),
  // kAlreadyExists, kInvalidArgument, kPermissionDenied, kNotFound (UNKNOWN_CELL),
  // kFailedPrecondition, kResourceExhausted, kUnavailable.
  virtual void AppendAsync(ledger::v1::AppendRequest request, OnAppended done) = 0;

  // kInvalidArgument for no stream's name, kPermissionDenied for another's. A stream that is not
  // there has version 0.
  virtual Result<StreamSlice> ReadStream(const ledger::v1::ReadStreamRequest& request) = 0;

  // At most `request.limit` records, and at most about 4 MiB: call again from `scanned_to`.
  // kFailedPrecondition, reason DIVERGED, if after_position is beyond the head or has another hash;
  // kInvalidArgument, kPermissionDenied by the filter.
  virtual Result<Page> Read(const ledger::v1::ReadRequest& request) = 0;

  virtual Result<ledger::v1::HeadResponse> Head() = 0;

  // kNotFound if there is none.
  virtual Result<Recorded> Get(const ledger::v1::GetRequest& request) = 0;

  // Returns the content's SHA-256, 32 bytes. kInvalidArgument above 64 MiB; kPermissionDenied;
  // kResourceExhausted (DISK_FULL, SLOW_WRITER, TOO_MANY_STREAMS).
  virtual Result<std::string> PutBlob(std::string_view content) = 0;

  // kNotFound if it was never stored; kDataLoss, reason BLOB_DAMAGED, if it rotted.
  virtual Result<std::string> GetBlob(std::string_view sha256) = 0;

  // AppendAsync, waited for.
  Result<ledger::v1::AppendResponse> Append(ledger::v1::AppendRequest request);
};

}  // namespace hq
