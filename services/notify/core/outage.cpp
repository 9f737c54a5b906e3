#include "services/notify/core/outage.hpp"

namespace hq::notify {
namespace {

OutageNews TakeGood(TimePoint now, const OutagePatience& patience, Outage& outage) {
  if (!outage.is_told) {
    outage = Outage();
    return OutageNews::kNone;
  }
  outage.not_serving_since.reset();
  if (!outage.serving_since) outage.serving_since = now;
  if (now - *outage.serving_since < patience.steady) return OutageNews::kNone;
  outage = Outage();
  return OutageNews::kBack;
}

}  // namespace

OutageNews Take(const Sighting& sighting, TimePoint now, const OutagePatience& patience,
                Outage& outage) {
  if (sighting.kind == Sighting::Kind::kServing) return TakeGood(now, patience, outage);
  outage.serving_since.reset();
  if (!outage.since) outage.since = now;
  if (sighting.kind == Sighting::Kind::kAway) {
    outage.not_serving_since.reset();
  } else if (!outage.not_serving_since) {
    outage.not_serving_since = now;
  }
  const bool is_away_too_long = now - *outage.since >= patience.away;
  const bool says_so_too_long =
      outage.not_serving_since && now - *outage.not_serving_since >= patience.not_serving;
  if (outage.is_told || (!is_away_too_long && !says_so_too_long)) return OutageNews::kNone;
  outage.is_told = true;
  return OutageNews::kDown;
}

}  // namespace hq::notify
