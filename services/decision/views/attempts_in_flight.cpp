#include "services/decision/views/attempts_in_flight.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/decision/core/kill_switch.hpp"

namespace hq::decision {
namespace {

using ledger::v1::EffectEvent;

bool RestsOnKillSwitch(const ledger::v1::EffectAttempted& attempted) {
  return std::any_of(attempted.fences().begin(), attempted.fences().end(), [](const auto& fence) {
    return CategoryOf(fence.stream()) == KillSwitch::kCategory;
  });
}

}  // namespace

Status AttemptsInFlight::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  if (!record.data().Is<EffectEvent>()) return absl::OkStatus();
  EffectEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
  switch (event.body_case()) {
    case EffectEvent::kEffectIntended: {
      v1::AttemptInFlight intended;
      intended.set_stream(record.stream());
      intended.set_kind(event.effect_intended().kind());
      intended.set_branch(record.branch());
      rows.Put(record.stream(), intended.SerializeAsString());
      break;
    }
    case EffectEvent::kEffectAttempted: {
      auto attempt = rows.GetMessage<v1::AttemptInFlight>(record.stream());
      if (!attempt || !RestsOnKillSwitch(event.effect_attempted())) break;
      attempt->set_not_after_us(event.effect_attempted().not_after_us());
      rows.Put(record.stream(), attempt->SerializeAsString());
      break;
    }
    case EffectEvent::kEffectSettled:
    case EffectEvent::kEffectAbandoned:
      rows.Delete(record.stream());
      break;
    case EffectEvent::BODY_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

std::vector<v1::AttemptInFlight> AttemptsInFlight::Under(std::string_view scope,
                                                         TimePoint now) const {
  std::vector<v1::AttemptInFlight> attempts;
  for (const auto& [stream, bytes] : rows().Scan("")) {
    auto attempt = rows().Parsed<v1::AttemptInFlight>(stream, bytes);
    const bool is_on_wire = attempt.not_after_us() > ToMicros(now);
    const bool is_concerned = scope == KillSwitch::kGlobal || attempt.branch() == scope;
    if (is_on_wire && is_concerned) attempts.push_back(std::move(attempt));
  }
  return attempts;
}

}  // namespace hq::decision
