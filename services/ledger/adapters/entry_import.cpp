#include "services/ledger/adapters/entry_import.hpp"

#include <utility>

#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/ordered_appends.hpp"
#include "services/ledger/core/entry_batch.hpp"
#include "services/ledger/core/entry_document.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

constexpr std::uint64_t kLinesBetweenBeats = 256;

// One byte more than a line may have, so that a longer one is seen to be longer.
constexpr std::size_t kKeptBytes = kSourceLineBytesMax + 1;

bool IsSkipped(const SpooledLine& line) { return !line.is_cut && IsBlankLine(line.text); }

Status GivenUp() { return absl::CancelledError("given up by its caller"); }

}  // namespace

EntryImport::EntryImport(EventLog& log, Clock& clock, SpoolFile& document, std::string admin,
                         Heartbeat heartbeat)
    : log_(log),
      clock_(clock),
      document_(document),
      admin_(std::move(admin)),
      heartbeat_(std::move(heartbeat)) {
  summary_.set_sha256(document_.Finish());
  summary_.set_bytes(document_.size());
  progress_.set_bytes_received(document_.size());
}

Status EntryImport::Check() {
  const TimePoint now = clock_.Now();
  SpoolFile::Lines lines(document_, kKeptBytes);
  for (;;) {
    HQ_ASSIGN_OR_RETURN(const auto line, lines.Next());
    if (!line) break;
    summary_.set_lines(line->number);
    progress_.set_lines_checked(line->number);
    if (line->number % kLinesBetweenBeats == 0 && !IsWanted()) return GivenUp();
    if (IsSkipped(*line)) continue;
    const auto entry = ParseEntryLine(line->text);
    const Status status = entry.ok() ? CheckEntryTime(*entry, now) : entry.status();
    if (!status.ok()) {
      AddBadLine(line->number, status);
    } else {
      summary_.set_entries(summary_.entries() + 1);
    }
  }
  if (summary_.bad_lines() == 0) return absl::OkStatus();
  const auto& first = summary_.first_bad_lines(0);
  return Refusal(absl::StatusCode::kInvalidArgument,
                 std::to_string(summary_.bad_lines()) + " of " + std::to_string(summary_.lines()) +
                     " lines are no entries, the first at line " + std::to_string(first.line()) +
                     ": " + first.path() + ": " + first.reason(),
                 "BAD_LINES", "Mend them and import the document again; nothing was appended.");
}

void EntryImport::AddBadLine(std::uint64_t line, const Status& status) {
  summary_.set_bad_lines(summary_.bad_lines() + 1);
  if (summary_.first_bad_lines_size() == kBadLinesShownMax) return;
  const auto fault = FaultOfLine(status);
  auto* bad = summary_.add_first_bad_lines();
  bad->set_line(line);
  bad->set_path(fault.path);
  bad->set_reason(fault.message);
}

Status EntryImport::Append() {
  EntryBatch batch(summary_.sha256(), admin_);
  OrderedAppends appends(
      log_, [this](const v1::AppendResponse& response) { Count(response); },
      [this] { return IsWanted(); });
  const auto send = [&]() -> Status {
    if (!IsWanted()) return GivenUp();
    fault::Point("ledger.import.batch");
    return appends.Add(batch.Take());
  };
  SpoolFile::Lines lines(document_, kKeptBytes);
  for (;;) {
    HQ_ASSIGN_OR_RETURN(const auto line, lines.Next());
    if (!line) break;
    if (IsSkipped(*line)) continue;
    HQ_ASSIGN_OR_RETURN(auto entry, ParseCheckedLine(line->text));
    if (!batch.Takes(entry)) HQ_RETURN_IF_ERROR(send());
    batch.Add(line->number, std::move(entry));
  }
  if (!batch.is_empty()) HQ_RETURN_IF_ERROR(send());
  return appends.Finish();
}

void EntryImport::Count(const v1::AppendResponse& response) {
  const auto& receipt = response.receipt();
  const auto entries = static_cast<std::uint64_t>(receipt.ids_size());
  if (response.repeated_command()) {
    summary_.set_already_there(summary_.already_there() + entries);
  } else {
    summary_.set_appended(summary_.appended() + entries);
  }
  if (summary_.first_position() == 0) summary_.set_first_position(receipt.first_position());
  summary_.set_last_position(receipt.last_position());
  progress_.set_entries_done(progress_.entries_done() + entries);
}

}  // namespace hq::ledger
