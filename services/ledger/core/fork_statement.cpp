#include "services/ledger/core/fork_statement.hpp"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "common/base/clock.hpp"
#include "common/transparency/signed_note.hpp"
#include "common/transparency/tree_hasher.hpp"

// The text of a statement. Published.
//
//   "hq.ledger.v1 fork" LF
//   "log " log_id LF
//   "epoch " from_epoch " " epoch LF
//   "restored " restored_to " " base64(restored_hash) LF
//   "abandoned " abandoned_to " " ("known" | "unknown-tail") LF
//   "first-id " TXN id LF
//   "time-us " time_us LF
//   "why " why LF
//
// Its second line is no number, so that no statement can pass for a checkpoint.

namespace hq::ledger {
namespace {

constexpr std::uint64_t kJump = 1'000'000;
constexpr std::uint64_t kCounterMax = 999'999'999'999'999'999;
constexpr char kFirstLine[] = "hq.ledger.v1 fork";
constexpr char kKnown[] = "known";
constexpr char kUnknownTail[] = "unknown-tail";

std::uint64_t MicrosBetween(std::int64_t from_us, std::int64_t to_us) {
  return to_us > from_us ? static_cast<std::uint64_t>(to_us - from_us) : 0;
}

std::int64_t MidnightBefore(std::int64_t time_us) {
  constexpr std::int64_t kDayUs = 24LL * 3600 * 1'000'000;
  return time_us - time_us % kDayUs;
}

std::uint64_t Sum(std::uint64_t a, std::uint64_t b) {
  return a > kCounterMax || b > kCounterMax - a ? kCounterMax : a + b;
}

Status Malformed(std::string_view what) {
  return Refusal(absl::StatusCode::kInvalidArgument, "no fork statement: " + std::string(what),
                 "FORK_MALFORMED", "Take the file as the restore wrote it.");
}

template <class Number>
bool ParseNumber(std::string_view text, Number& number) {
  const bool has_leading_zero = text.size() > 1 && text[0] == '0';
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && !has_leading_zero && parsed.ec == std::errc() &&
         parsed.ptr == text.data() + text.size();
}

std::vector<std::string_view> Split(std::string_view text, char divider) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(divider);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// The words of the line behind its first, which says what it is.
std::vector<std::string_view> WordsOf(std::string_view line, std::string_view what) {
  std::vector<std::string_view> words = Split(line, ' ');
  if (words.empty() || words[0] != what) return {};
  words.erase(words.begin());
  return words;
}

}  // namespace

Result<TxnId> FirstIdAfterFork(const IssuedIds& issued, std::int64_t now_us) {
  const IssuedRecord& last = issued.furthest;
  const std::int64_t recorded_at_us = std::max(now_us, issued.restored.recorded_at_us + 1);
  const std::string today = UtcDay(FromMicros(recorded_at_us));
  const bool is_all_known = issued.is_tail_known && issued.witnessed <= last.position;
  if (is_all_known) return NextTxnId(last.id, today);

  const std::uint64_t seen_by_witnesses =
      issued.witnessed > last.position ? issued.witnessed - last.position : 0;
  const bool is_new_day = today > last.id.day;
  const std::int64_t since_us = is_new_day
                                    ? std::max(last.recorded_at_us, MidnightBefore(recorded_at_us))
                                    : last.recorded_at_us;
  const std::uint64_t unseen = std::max(MicrosBetween(since_us, recorded_at_us), seen_by_witnesses);
  // On a new day one id may have been issued in its very first microsecond.
  const std::uint64_t bound = Sum(is_new_day ? 1 : last.id.counter, unseen);
  if (bound >= kCounterMax - kJump)
    return Refusal(absl::StatusCode::kOutOfRange, "no counter is left for ids of that day",
                   "IDS_SPENT", "Restore again on the next UTC day.");
  return TxnId{is_new_day ? today : last.id.day, (bound / kJump + 1) * kJump};
}

Result<std::vector<Fork>> ForksIn(const std::vector<std::string>& notes) {
  std::vector<Fork> points;
  for (const std::string& bytes : notes) {
    HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(bytes));
    HQ_ASSIGN_OR_RETURN(const ForkStatement fork, ForkStatement::Parse(note.text));
    points.push_back(fork.point);
  }
  return points;
}

bool IsWhy(std::string_view text) {
  return !text.empty() && text.size() <= kWhyBytesMax &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
         });
}

std::string ForkStatement::Format() const {
  return absl::StrCat(kFirstLine, "\nlog ", log_id, "\nepoch ", point.from_epoch, " ", point.epoch,
                      "\nrestored ", point.restored_to, " ", FormatBase64(restored_hash),
                      "\nabandoned ", abandoned_to, " ", is_tail_known ? kKnown : kUnknownTail,
                      "\nfirst-id ", FormatTxnId(first_id), "\ntime-us ", time_us, "\nwhy ", why,
                      "\n");
}

Result<ForkStatement> ForkStatement::Parse(std::string_view text) {
  constexpr std::size_t kLines = 9;  // With the empty one behind the last newline.
  const std::vector<std::string_view> lines = Split(text, '\n');
  if (lines.size() != kLines || lines[0] != kFirstLine) return Malformed("other lines are needed");
  ForkStatement fork;
  fork.log_id = std::string(lines[1].substr(std::min<std::size_t>(4, lines[1].size())));
  const auto epochs = WordsOf(lines[2], "epoch");
  if (epochs.size() != 2 || !ParseNumber(epochs[0], fork.point.from_epoch) ||
      !ParseNumber(epochs[1], fork.point.epoch) || fork.point.from_epoch >= fork.point.epoch)
    return Malformed("epoch");
  const auto restored = WordsOf(lines[3], "restored");
  if (restored.size() != 2 || !ParseNumber(restored[0], fork.point.restored_to))
    return Malformed("restored");
  const auto hash = ParseBase64(restored[1]);
  if (!hash.ok()) return Malformed("restored");
  fork.restored_hash = *hash;
  const auto abandoned = WordsOf(lines[4], "abandoned");
  if (abandoned.size() != 2 || !ParseNumber(abandoned[0], fork.abandoned_to))
    return Malformed("abandoned");
  fork.is_tail_known = abandoned[1] == kKnown;
  const auto first_id = WordsOf(lines[5], "first-id");
  const auto id = first_id.size() == 1 ? ParseTxnId(first_id[0]) : std::nullopt;
  if (!id) return Malformed("first-id");
  fork.first_id = *id;
  const auto time = WordsOf(lines[6], "time-us");
  if (time.size() != 1 || !ParseNumber(time[0], fork.time_us)) return Malformed("time-us");
  fork.why = std::string(lines[7].substr(std::min<std::size_t>(4, lines[7].size())));
  const bool is_canonical = fork.restored_hash.size() == kHashBytes && IsWhy(fork.why) &&
                            IsKeyName(fork.log_id) && fork.Format() == text;
  if (!is_canonical) return Malformed("it is written in another way");
  return fork;
}

}  // namespace hq::ledger
