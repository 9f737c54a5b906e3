// An aggregate's event message has one oneof, `body`; the field set in it names the event. Unique
// over all aggregates, so that the NATS subject needs no table.
#pragma once

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "hq/options/v1/options.pb.h"

namespace hq {

// The name of the field set in `body`; empty if none is (an event of a newer version).
std::string EventNameOf(const google::protobuf::Message& event);

// What every aggregate's event may be called, and who declares it.
struct EventType {
  const google::protobuf::Descriptor* aggregate = nullptr;  // The message with the oneof.
  options::v1::Severity severity = options::v1::SEVERITY_UNSPECIFIED;
};

// All event names of the five services by reflection over their event messages. Built once; safe
// from any thread.
const std::map<std::string, EventType, std::less<>>& EventTypes();

// Reads the event inside a record's `data` into `event`. kFailedPrecondition, reason
// WRITTEN_BY_A_NEWER_VERSION, if its body is unknown here; kDataLoss if the type is another.
Status UnpackEvent(const google::protobuf::Any& data, google::protobuf::Message& event);

}  // namespace hq
