#include "common/events/event_log.hpp"

#include <future>
#include <memory>

#include "common/base/ids.hpp"

namespace hq {

std::string LeafHash(std::string_view record_bytes) {
  std::string leaf(1, '\0');
  leaf += record_bytes;
  return Sha256(leaf);
}

std::string ZeroHash() { return std::string(32, '\0'); }

Result<Recorded> ParseRecord(std::string bytes) {
  Recorded recorded;
  recorded.bytes = std::move(bytes);
  if (!recorded.record.ParseFromString(recorded.bytes))
    return absl::DataLossError("bytes that are no record");
  return recorded;
}

Result<ledger::v1::AppendResponse> EventLog::Append(ledger::v1::AppendRequest request) {
  // Shared: the callback may outlive neither this frame nor the promise, whichever ends last.
  auto promise = std::make_shared<std::promise<Result<ledger::v1::AppendResponse>>>();
  auto answer = promise->get_future();
  AppendAsync(std::move(request), [promise](Result<ledger::v1::AppendResponse> result) {
    promise->set_value(std::move(result));
  });
  return answer.get();
}

}  // namespace hq
