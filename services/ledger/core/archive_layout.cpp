#include "services/ledger/core/archive_layout.hpp"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <charconv>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kSegmentEnding = ".seg";
constexpr std::size_t kEpochDigits = 10;
constexpr std::size_t kPositionDigits = 20;

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// Takes a number of exactly so many digits off the front.
std::optional<std::uint64_t> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + digits, number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + digits) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool TakeText(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// The first position behind the coverage that segments of that epoch or a known one have.
Position FirstBeyond(std::uint64_t epoch, const Coverage& coverage,
                     const std::vector<SegmentName>& sorted) {
  Position beyond = coverage.beyond;
  for (const SegmentName& segment : sorted) {
    const bool is_behind = segment.epoch == epoch && segment.first > coverage.end + 1;
    if (is_behind && (beyond == 0 || segment.first < beyond)) beyond = segment.first;
  }
  return beyond;
}

// Covers from `coverage.end` + 1 to `until` with segments of one epoch.
void Extend(std::uint64_t epoch, Position until, const std::vector<SegmentName>& sorted,
            Coverage& coverage) {
  while (coverage.end < until) {
    const Position next = coverage.end + 1;
    const SegmentName* best = nullptr;
    Position beyond = 0;
    for (const SegmentName& segment : sorted) {
      if (segment.epoch != epoch || segment.last < next) continue;
      if (segment.first <= next && (!best || segment.last > best->last)) best = &segment;
      if (segment.first > next && segment.first <= until && beyond == 0) beyond = segment.first;
    }
    if (!best) {
      coverage.beyond = beyond;
      return;
    }
    coverage.end = std::min(best->last, until);
    coverage.pieces.push_back({*best, next, coverage.end});
  }
}

}  // namespace

bool IsArchiveName(std::string_view text) {
  if (text.empty() || text.size() > kArchiveNameBytesMax) return false;
  for (;;) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (!std::all_of(part.begin(), part.end(), IsNameChar)) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

std::string FormatSegmentName(const SegmentName& name) {
  return absl::StrFormat("%s%010d/%020d-%020d%s", kSegmentsFolder, name.epoch, name.first,
                         name.last, kSegmentEnding);
}

std::optional<SegmentName> ParseSegmentName(std::string_view text) {
  if (!TakeText(text, kSegmentsFolder)) return std::nullopt;
  const auto epoch = TakeNumber(text, kEpochDigits);
  if (!epoch || *epoch == 0 || !TakeText(text, "/")) return std::nullopt;
  const auto first = TakeNumber(text, kPositionDigits);
  if (!first || *first == 0 || !TakeText(text, "-")) return std::nullopt;
  const auto last = TakeNumber(text, kPositionDigits);
  if (!last || *last < *first || text != kSegmentEnding) return std::nullopt;
  return SegmentName{*epoch, *first, *last};
}

std::string BlobName(std::string_view sha256) { return std::string(kBlobsFolder) + Hex(sha256); }

std::string ForkName(std::uint64_t epoch) {
  return absl::StrFormat("%s%010d", kForksFolder, epoch);
}

std::optional<std::uint64_t> ParseForkName(std::string_view text) {
  if (!TakeText(text, kForksFolder)) return std::nullopt;
  const auto epoch = TakeNumber(text, kEpochDigits);
  return text.empty() ? epoch : std::nullopt;
}

std::string ImageFolder(std::string_view day) {
  return std::string(kImagesFolder) + std::string(day) + "/";
}

Result<Coverage> CoverageOf(std::uint64_t epoch, const std::vector<SegmentName>& segments,
                            const std::vector<Fork>& forks) {
  // From the last life back to the first: until where each one counts.
  struct Life {
    std::uint64_t epoch;
    Position until;
  };
  std::vector<Life> lives = {{epoch, ~Position{0}}};
  while (lives.back().epoch != 1) {
    const Life life = lives.back();
    const auto fork = std::find_if(forks.begin(), forks.end(),
                                   [&](const Fork& point) { return point.epoch == life.epoch; });
    if (fork == forks.end() || fork->from_epoch == 0 || fork->from_epoch >= life.epoch)
      return Refusal(absl::StatusCode::kDataLoss,
                     "where epoch " + std::to_string(life.epoch) + " began is not known",
                     "FORK_UNKNOWN", "Put its fork statement back into the archive.");
    lives.push_back({fork->from_epoch, std::min(life.until, fork->restored_to)});
  }
  std::vector<SegmentName> sorted = segments;
  std::sort(sorted.begin(), sorted.end());
  Coverage coverage;
  for (auto life = lives.rbegin(); life != lives.rend(); ++life) {
    Extend(life->epoch, life->until, sorted, coverage);
    // Where an earlier life has a hole, what lies behind it may be a later one's.
    if (coverage.beyond == 0 && coverage.end < life->until) {
      for (auto later = std::next(life); later != lives.rend(); ++later)
        coverage.beyond = FirstBeyond(later->epoch, coverage, sorted);
    }
    const bool is_last = std::next(life) == lives.rend();
    if (!is_last && coverage.end < life->until) return coverage;
  }
  return coverage;
}

}  // namespace hq::ledger
