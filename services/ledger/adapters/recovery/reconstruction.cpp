#include "services/ledger/adapters/recovery/reconstruction.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace hq::ledger {
namespace {

void AddStretch(const RecordSource& source, Position first, Position last, Attempt& attempt) {
  auto& parts = attempt.stretches;
  if (!parts.empty() && parts.back().source == source.name()) {
    parts.back().last = last;
  } else {
    parts.push_back({source.name(), first, last});
  }
}

Status ExpectAll(const std::vector<VouchedHead>& vouched, HistoryWalk& walk) {
  for (const VouchedHead& one : vouched) {
    const Status expected = walk.Expect(one.head).status();
    if (!expected.ok()) return Annotate(expected, one.by);
  }
  return absl::OkStatus();
}

// Why the walk that ended there is not all that is known; empty if it is.
std::string Missing(const std::vector<RecordSource*>& order,
                    const std::vector<VouchedHead>& vouched,
                    const std::map<const RecordSource*, Status>& last_words, Position end) {
  for (const VouchedHead& one : vouched)
    if (one.head.size > end)
      return one.by + " vouches for " + std::to_string(one.head.size) +
             " records, and only those up to " + std::to_string(end) + " were found";
  for (const RecordSource* source : order) {
    if (!source->is_authority()) continue;
    const Status& said = last_words.at(source);
    if (!said.ok()) return source->name() + ": " + std::string(said.message());
    if (source->end() > end)
      return source->name() + " goes to position " + std::to_string(source->end()) +
             ", and only those up to " + std::to_string(end) + " follow on each other";
  }
  return "";
}

}  // namespace

Attempt WalkThrough(const std::vector<RecordSource*>& order,
                    const std::vector<VouchedHead>& vouched, HistoryWalk& walk,
                    const RecordSource::Take& take, const RecordSource::TakeBlob& take_blob) {
  Attempt attempt;
  std::map<const RecordSource*, Status> last_words;
  Status kept;  // Of those that take: their failure is nobody's who gives.
  const auto keep = [&](std::string_view record) {
    kept.Update(take(record));
    return kept;
  };
  const auto keep_blob = [&](const std::string& sha256) {
    kept.Update(take_blob(sha256));
    return kept;
  };
  for (bool has_advanced = true; has_advanced && attempt.why_not.empty();) {
    has_advanced = false;
    for (RecordSource* source : order) {
      Status status = ExpectAll(vouched, walk);
      const Position before = walk.head().position;
      if (status.ok()) status = source->Continue(walk, keep, keep_blob);
      last_words[source] = status;
      if (!kept.ok() || AdviceOf(status).reason == "TREE_DIFFERS") {
        attempt.why_not = std::string(kept.ok() ? status.message() : kept.message());
        break;
      }
      if (walk.head().position == before) continue;
      has_advanced = true;
      AddStretch(*source, before + 1, walk.head().position, attempt);
    }
  }
  attempt.end = walk.head().position;
  if (attempt.why_not.empty()) attempt.why_not = Missing(order, vouched, last_words, attempt.end);
  return attempt;
}

Reconstruction FindReconstruction(const std::vector<RecordSource*>& sources,
                                  const std::vector<VouchedHead>& vouched,
                                  const HistoryWalk& from) {
  const auto pass_over = [](std::string_view) { return absl::OkStatus(); };
  const auto pass_blob_over = [](const std::string&) { return absl::OkStatus(); };
  std::vector<std::size_t> places(sources.size());
  std::iota(places.begin(), places.end(), 0);
  Reconstruction best;
  best.attempt.why_not = "there is no source";
  do {
    Reconstruction next;
    for (const std::size_t place : places) next.order.push_back(sources[place]);
    HistoryWalk walk = from;
    next.attempt = WalkThrough(next.order, vouched, walk, pass_over, pass_blob_over);
    next.head = walk.head();
    if (next.attempt.fits()) return next;
    if (best.order.empty() || next.attempt.end > best.attempt.end) best = std::move(next);
  } while (std::next_permutation(places.begin(), places.end()));
  return best;
}

}  // namespace hq::ledger
