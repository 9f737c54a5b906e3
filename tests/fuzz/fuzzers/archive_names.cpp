// Names in an archive, and the history that they make up: without gaps and overlaps, whatever is
// listed.
#include <algorithm>

#include "common/base/check.hpp"
#include "services/ledger/core/archive_layout.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

bool CheckName(std::string_view text) {
  if (ledger::IsArchiveName(text)) {
    const std::string inside = "/" + std::string(text) + "/";
    HQ_CHECK(inside.find("/../") == inside.npos && inside.find("//") == inside.npos,
             "no name leads out of the archive");
    HQ_CHECK(text.size() <= ledger::kArchiveNameBytesMax, "a name is bounded");
  }
  const auto segment = ledger::ParseSegmentName(text);
  if (segment) {
    HQ_CHECK(ledger::FormatSegmentName(*segment) == text, "a segment has one name");
    HQ_CHECK(segment->first > 0 && segment->first <= segment->last, "a segment has records");
  }
  const auto epoch = ledger::ParseForkName(text);
  if (epoch) HQ_CHECK(ledger::ForkName(*epoch) == text, "a fork has one name");
  HQ_CHECK(!segment || ledger::IsArchiveName(text), "a segment's name is a name");
  return segment || epoch;
}

void CheckCoverage(const ledger::Coverage& coverage, const std::vector<ledger::Fork>& forks) {
  Position next = 1;
  for (const ledger::Piece& piece : coverage.pieces) {
    HQ_CHECK(piece.first == next && piece.last >= piece.first, "pieces have no gap");
    HQ_CHECK(piece.first >= piece.segment.first && piece.last <= piece.segment.last,
             "a piece lies in its segment");
    next = piece.last + 1;
  }
  HQ_CHECK(coverage.end == next - 1, "the end is the last piece's");
  HQ_CHECK(coverage.beyond == 0 || coverage.beyond > coverage.end + 1,
           "a hole lies behind the end");
  for (const ledger::Fork& fork : forks)
    for (const ledger::Piece& piece : coverage.pieces)
      if (piece.segment.epoch == fork.epoch && fork.epoch != 1)
        HQ_CHECK(piece.last > 0, "a life has records");
}

}  // namespace

bool ArchiveNames(std::string_view bytes) {
  const bool is_name = CheckName(bytes);
  // Small numbers, so that segments and forks meet.
  Input input(bytes);
  const std::uint64_t epoch = input.Below(5);
  std::vector<ledger::Fork> forks;
  for (std::uint64_t left = input.Below(4); left > 0; --left) {
    const std::uint64_t from = input.Below(4), to = input.Below(5), until = input.Below(40);
    forks.push_back({from, to, until});
  }
  std::vector<ledger::SegmentName> segments;
  while (!input.is_empty() && segments.size() < 40) {
    const std::uint64_t life = 1 + input.Below(4), first = 1 + input.Below(40);
    segments.push_back({life, first, first + input.Below(20)});
  }
  const auto coverage = ledger::CoverageOf(epoch, segments, forks);
  if (coverage.ok()) {
    CheckCoverage(*coverage, forks);
  } else {
    CheckRefusal(coverage.status());
  }
  return is_name;
}

}  // namespace hq::fuzz
