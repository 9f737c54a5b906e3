#include "services/notify/views/deliveries.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "common/events/own_stream.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/notify/core/alarm.hpp"
#include "services/notify/core/delivery.hpp"
#include "services/notify/core/notice.hpp"
#include "services/notify/core/target.hpp"

namespace hq::notify {
namespace {

// Rows:
//   channel/{kind:key}           the URL reference
//   rule/{event}                 v1.Rule
//   owner/{cell}                 the owner's principal id
//   place/{id}                   the place of that delivery: {position, 20 digits}/{index, 3
//   digits} delivery/{newest first}      v1.Delivery; the key is the place with the position
//   subtracted from
//                                the largest one, so that a scan meets the newest first
//   open/{place}                 ledger.v1.EffectIntended, until settled
//   unresolved/{place}           v1.RecipientUnresolved, until intended
//   restored_to                  the position that the ledger was restored to last, 20 digits
constexpr std::string_view kChannel = "channel/";
constexpr std::string_view kRule = "rule/";
constexpr std::string_view kOwner = "owner/";
constexpr std::string_view kPlace = "place/";
constexpr std::string_view kDelivery = "delivery/";
constexpr std::string_view kOpen = "open/";
constexpr std::string_view kUnresolved = "unresolved/";
constexpr std::string_view kRestoredTo = "restored_to";
constexpr std::size_t kPositionDigits = 20;

std::string Key(std::string_view table, std::string_view rest) {
  return std::string(table) + std::string(rest);
}

std::string Padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string PlaceAt(Position position, std::size_t index) {
  return Padded(position, kPositionDigits) + "/" + Padded(index, 3);
}

// The key under which the newest come first.
std::string DeliveryKey(const std::string& place) {
  const Position position = std::strtoull(place.c_str(), nullptr, 10);
  return Key(kDelivery, Padded(std::numeric_limits<Position>::max() - position, kPositionDigits) +
                            place.substr(kPositionDigits));
}

void DeleteAll(std::string_view table, rocks::Rows& rows) {
  for (const auto& [key, value] : rows.Scan(table)) rows.Delete(key);
}

void Put(const std::string& key, const google::protobuf::Message& message, rocks::Rows& rows) {
  rows.Put(key, message.SerializeAsString());
}

std::vector<Recipient> RecipientsOf(const Occasion& occasion, const std::optional<v1::Rule>& rule,
                                    const rocks::Reader& rows) {
  std::set<std::string> channels;
  for (const auto& [key, reference] : rows.Scan(kChannel))
    channels.insert(key.substr(kChannel.size()));
  std::vector<std::string> targets;
  if (rule) targets.assign(rule->targets().begin(), rule->targets().end());
  return Resolve(occasion, rule ? &targets : nullptr, channels);
}

}  // namespace

Status Deliveries::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const std::string_view category = CategoryOf(recorded.record.stream());
  if (category == "route") return ApplyRoute(recorded, rows);
  if (category == Delivery::kCategory) return ApplyEffect(recorded, rows);
  if (category == "cell") HQ_RETURN_IF_ERROR(ApplyCell(recorded, rows));
  if (OpensEpoch(recorded.record)) HQ_RETURN_IF_ERROR(ApplyEpoch(recorded, rows));
  // An imported entry is history, whatever it is called: nobody is woken for it.
  if (recorded.record.source_line().empty()) Tell(recorded, rows);
  return absl::OkStatus();
}

Status Deliveries::ApplyRoute(const Recorded& recorded, rocks::Rows& rows) {
  v1::RouteEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
  if (event.has_channels_applied()) {
    DeleteAll(kChannel, rows);
    for (const auto& channel : event.channels_applied().channels())
      rows.Put(Key(kChannel, channel.kind() + ":" + channel.key()), channel.url_reference());
  }
  if (event.has_rules_applied()) {
    DeleteAll(kRule, rows);
    for (const auto& rule : event.rules_applied().rules())
      Put(Key(kRule, rule.event()), rule, rows);
  }
  return absl::OkStatus();
}

Status Deliveries::ApplyCell(const Recorded& recorded, rocks::Rows& rows) {
  decision::v1::CellEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
  if (event.has_cell_registered())
    rows.Put(Key(kOwner, event.cell_registered().cell().id()),
             event.cell_registered().cell().owner());
  if (event.has_cell_changed())
    rows.Put(Key(kOwner, event.cell_changed().cell().id()), event.cell_changed().cell().owner());
  return absl::OkStatus();
}

Status Deliveries::ApplyEpoch(const Recorded& recorded, rocks::Rows& rows) {
  ledger::v1::LedgerEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
  rows.Put(kRestoredTo, Padded(event.epoch_started().restored_to(), kPositionDigits));
  return absl::OkStatus();
}

Status Deliveries::ApplyEffect(const Recorded& recorded, rocks::Rows& rows) {
  ledger::v1::EffectEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
  const auto place = PlaceOf(recorded, event, rows);
  if (!place) return absl::OkStatus();  // Of a target that routing no longer finds.
  auto delivery = rows.GetMessage<v1::Delivery>(DeliveryKey(*place)).value_or(v1::Delivery());
  const bool is_alarm = delivery.txn_id().empty();  // It was made before it was recorded.
  if (event.has_effect_intended() && !is_alarm) {
    Put(Key(kOpen, *place), event.effect_intended(), rows);  // What was frozen, not what we'd say.
    rows.Delete(Key(kUnresolved, *place));
  }
  if (event.has_effect_attempted()) delivery.set_attempts(event.effect_attempted().attempt());
  if (event.has_effect_settled()) {
    const bool is_delivered = event.effect_settled().succeeded();
    delivery.set_state(is_delivered ? v1::DELIVERY_STATE_DELIVERED : v1::DELIVERY_STATE_FAILED);
    delivery.set_error(event.effect_settled().error());
  }
  if (event.has_effect_abandoned()) {
    delivery.set_state(v1::DELIVERY_STATE_FAILED);
    delivery.set_error(event.effect_abandoned().reason());
  }
  if (delivery.state() != v1::DELIVERY_STATE_PENDING) rows.Delete(Key(kOpen, *place));
  Put(DeliveryKey(*place), delivery, rows);
  return absl::OkStatus();
}

// A delivery begins with the record that it tells of; an alarm, which tells of none, with its own
// intent.
std::optional<std::string> Deliveries::PlaceOf(const Recorded& recorded,
                                               const ledger::v1::EffectEvent& event,
                                               rocks::Rows& rows) {
  const std::string id(IdOf(recorded.record.stream()));
  if (auto place = rows.Get(Key(kPlace, id))) return place;
  v1::Notice notice;
  const auto& intended = event.effect_intended();
  if (!event.has_effect_intended() || !notice.ParseFromString(intended.payload()) ||
      !IsAlarm(notice))
    return std::nullopt;
  const std::string place = PlaceAt(recorded.record.position(), 0);
  v1::Delivery delivery;
  delivery.set_id(id);
  delivery.set_event(notice.event());
  delivery.set_branch(notice.branch());
  delivery.set_target(intended.target());
  delivery.set_state(v1::DELIVERY_STATE_PENDING);
  rows.Put(Key(kPlace, id), place);
  Put(DeliveryKey(place), delivery, rows);
  return place;
}

void Deliveries::Tell(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  const auto rule = rows.GetMessage<v1::Rule>(Key(kRule, record.event()));
  if (!rule && SeverityOf(record.event()) == options::v1::SEVERITY_UNSPECIFIED) return;
  const Occasion occasion = {record.event(), record.branch(),
                             rows.Get(Key(kOwner, record.branch())).value_or(""), record.id()};
  const auto recipients = RecipientsOf(occasion, rule, rows);
  for (std::size_t i = 0; i < recipients.size(); ++i) Add(recorded, i, recipients[i], rows);
}

void Deliveries::Add(const Recorded& recorded, std::size_t index, const Recipient& recipient,
                     rocks::Rows& rows) {
  const auto& record = recorded.record;
  const std::string id = Delivery::IdOf(record.id(), recipient.target);
  const std::string place = PlaceAt(record.position(), index);
  v1::Delivery delivery;
  delivery.set_id(id);
  delivery.set_event(record.event());
  delivery.set_branch(record.branch());
  delivery.set_txn_id(record.id());
  delivery.set_target(recipient.target);
  delivery.set_state(v1::DELIVERY_STATE_PENDING);
  rows.Put(Key(kPlace, id), place);
  Put(DeliveryKey(place), delivery, rows);
  Put(Key(kOpen, place), Delivery::IntentOf(id, recipient.target, ComposeNotice(record)), rows);
  if (recipient.unresolved) Put(Key(kUnresolved, place), *recipient.unresolved, rows);
}

std::vector<PendingDelivery> Deliveries::Pending(std::size_t limit) const {
  std::vector<PendingDelivery> pending;
  const std::string restored_to = rows().Get(kRestoredTo).value_or("");
  for (const auto& [key, bytes] : rows().Scan(kOpen, limit)) {
    const std::string place = key.substr(kOpen.size());
    PendingDelivery item;
    const auto delivery = rows().GetMessage<v1::Delivery>(DeliveryKey(place));
    if (!delivery) continue;  // Forgotten meanwhile: the views start again.
    item.intended = rows().Parsed<ledger::v1::EffectIntended>(key, bytes);
    item.delivery = *delivery;
    item.unresolved = rows().GetMessage<v1::RecipientUnresolved>(Key(kUnresolved, place));
    item.is_in_doubt = place.substr(0, kPositionDigits) <= restored_to;
    pending.push_back(std::move(item));
  }
  return pending;
}

std::vector<v1::Delivery> Deliveries::Newest(const std::string& branch, const std::string& txn_id,
                                             const std::function<bool(const std::string&)>& may_see,
                                             std::size_t limit) const {
  std::vector<v1::Delivery> deliveries;
  for (const auto& [key, bytes] : rows().Scan(kDelivery)) {
    auto delivery = rows().Parsed<v1::Delivery>(key, bytes);
    const bool is_wanted = (branch.empty() || delivery.branch() == branch) &&
                           (txn_id.empty() || delivery.txn_id() == txn_id) &&
                           may_see(delivery.branch());
    if (is_wanted) deliveries.push_back(std::move(delivery));
    if (deliveries.size() == limit) break;
  }
  return deliveries;
}

std::optional<std::string> Deliveries::UrlReferenceOf(const std::string& target) const {
  return rows().Get(Key(kChannel, target));
}

std::map<std::string, std::string> Deliveries::ChannelsFor(const std::string& event) const {
  const Occasion occasion = {event, std::string(kHqBranch), "", ""};
  const auto rule = rows().GetMessage<v1::Rule>(Key(kRule, event));
  std::map<std::string, std::string> channels;
  for (const auto& recipient : RecipientsOf(occasion, rule, rows()))
    channels[recipient.target] = UrlReferenceOf(recipient.target).value_or("");
  return channels;
}

}  // namespace hq::notify
