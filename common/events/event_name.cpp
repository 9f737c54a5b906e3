#include "common/events/event_name.hpp"

#include "common/base/check.hpp"
#include "hq/billing/v1/events.pb.h"
#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "hq/notify/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"

namespace hq {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::OneofDescriptor;

// Not FindOneofByName, which looks among all names of the pool, for every event of every append.
const OneofDescriptor* BodyOf(const Descriptor& message) {
  for (int i = 0; i < message.real_oneof_decl_count(); ++i)
    if (message.oneof_decl(i)->name() == "body") return message.oneof_decl(i);
  return nullptr;
}

void Collect(const FileDescriptor* file, std::map<std::string, EventType, std::less<>>& types) {
  for (int i = 0; i < file->message_type_count(); ++i) {
    const auto* message = file->message_type(i);
    const auto* body = BodyOf(*message);
    if (!body) continue;
    for (int f = 0; f < body->field_count(); ++f) {
      const auto* field = body->field(f);
      const bool is_new =
          types
              .emplace(field->name(),
                       EventType{message, field->options().GetExtension(options::v1::severity)})
              .second;
      HQ_CHECK(is_new, "an event name stands in two aggregates");
    }
  }
}

}  // namespace

std::string EventNameOf(const google::protobuf::Message& event) {
  const auto* body = BodyOf(*event.GetDescriptor());
  HQ_CHECK(body, "an event message has a oneof `body`");
  const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, body);
  return field ? field->name() : std::string();
}

const std::map<std::string, EventType, std::less<>>& EventTypes() {
  static const auto* types = [] {
    auto* made = new std::map<std::string, EventType, std::less<>>;
    for (const FileDescriptor* file : {ledger::v1::LedgerEvent::descriptor()->file(),
                                       decision::v1::CellEvent::descriptor()->file(),
                                       sync::v1::RolloutEvent::descriptor()->file(),
                                       billing::v1::PriceBookEvent::descriptor()->file(),
                                       notify::v1::RouteEvent::descriptor()->file()})
      Collect(file, *made);
    return made;
  }();
  return *types;
}

Status UnpackEvent(const google::protobuf::Any& data, google::protobuf::Message& event) {
  if (!data.UnpackTo(&event))
    return absl::DataLossError("expected " + event.GetTypeName() + ", found " + data.type_url());
  if (EventNameOf(event).empty())
    return Refusal(absl::StatusCode::kFailedPrecondition,
                   "the stream holds an event that this build does not know",
                   "WRITTEN_BY_A_NEWER_VERSION", "Update this service.");
  return absl::OkStatus();
}

}  // namespace hq
