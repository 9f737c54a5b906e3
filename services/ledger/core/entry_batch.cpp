#include "services/ledger/core/entry_batch.hpp"

#include <algorithm>
#include <utility>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

std::string StreamOf(const v1::NewEvent& entry) { return "entry-" + entry.branch(); }

}  // namespace

EntryBatch::EntryBatch(const std::string& sha256, std::string admin)
    : import_("import-" + Hex(sha256)), admin_(std::move(admin)) {}

bool EntryBatch::Takes(const v1::NewEvent& entry) const {
  if (is_empty()) return true;
  if (entries_ == kBatchEntriesMax || bytes_ + entry.source_line().size() > kBatchBytesMax)
    return false;
  const std::string stream = StreamOf(entry);
  const auto& appends = request_.appends();
  return appends.rbegin()->stream() == stream ||
         std::none_of(appends.begin(), appends.end(),
                      [&stream](const auto& append) { return append.stream() == stream; });
}

void EntryBatch::Add(std::uint64_t line, v1::NewEvent entry) {
  if (is_empty()) first_line_ = line;
  last_line_ = line;
  ++entries_;
  bytes_ += entry.source_line().size();
  const std::string stream = StreamOf(entry);
  const bool is_next_stream =
      request_.appends().empty() || request_.appends().rbegin()->stream() != stream;
  if (is_next_stream) request_.add_appends()->set_stream(stream);
  *request_.mutable_appends()->rbegin()->add_events() = std::move(entry);
}

v1::AppendRequest EntryBatch::Take() {
  const std::string first = std::to_string(first_line_);
  request_.set_command_id(import_ + "-" + first);
  request_.set_command_digest(Sha256(import_ + "-" + first + "-" + std::to_string(last_line_)));
  request_.set_actor(admin_);
  request_.set_role("hq_admin");
  request_.set_correlation_id(import_);
  entries_ = 0;
  bytes_ = 0;
  return std::exchange(request_, {});
}

}  // namespace hq::ledger
