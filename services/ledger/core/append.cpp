#include "services/ledger/core/append.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "common/base/decimal.hpp"
#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "services/ledger/core/emergency_stop.hpp"
#include "services/ledger/core/limits.hpp"
#include "services/ledger/core/selection.hpp"
#include "services/ledger/core/txn_id.hpp"

namespace hq::ledger {
namespace {

Status Bad(const std::string& path, const std::string& what) {
  return Refusal(absl::StatusCode::kInvalidArgument, path + ": " + what, "INVALID_FIELD",
                 "Correct the named field; nothing was appended.");
}

// No control characters, so that a value can stand in a header and on a terminal.
bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool IsTier(std::string_view text) {
  return text.size() <= 31 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// What is wrong with a field, and which; the field's name as it follows the path of what holds it.
struct FieldFault {
  std::string field;
  std::string what;
};
using MaybeFault = std::optional<FieldFault>;

MaybeFault TextFault(std::string_view field, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max)
    return FieldFault{std::string(field), "longer than " + std::to_string(bytes_max)};
  if (!IsPrintable(text)) return FieldFault{std::string(field), "has control characters"};
  return std::nullopt;
}

MaybeFault ClaimedCostFault(const std::string& claimed) {
  constexpr const char* kField = ".claimed_cost";
  if (claimed.empty()) return std::nullopt;
  if (claimed.size() > kClaimBytesMax) return FieldFault{kField, "too long"};
  const auto nanos = ParseNanos(claimed);
  if (!nanos.ok()) return FieldFault{kField, std::string(nanos.status().message())};
  if (*nanos < 0) return FieldFault{kField, "negative"};
  return std::nullopt;
}

// An imported line goes out as a line: it holds none of its own ends.
MaybeFault SourceFault(const v1::NewEvent& event) {
  if (auto fault = TextFault(".source_id", event.source_id(), kIdBytesMax)) return fault;
  constexpr const char* kField = ".source_line";
  const std::string& line = event.source_line();
  if (line.size() > kSourceLineBytesMax) return FieldFault{kField, "larger than 64 KiB"};
  if (line.find('\n') != std::string::npos) return FieldFault{kField, "more than one line"};
  if (line.empty() && !event.source_id().empty())
    return FieldFault{kField, "empty beside a source_id"};
  if (!line.empty() && event.has_data()) return FieldFault{".data", "given beside a source_line"};
  return std::nullopt;
}

// The message type inside an Any, if it is one of the aggregates' and the bytes are of that type.
MaybeFault DataFault(const v1::NewEvent& event) {
  if (!event.has_data()) {
    if (event.schema_version() != 0)
      return FieldFault{".schema_version", "must be 0 where there is no data"};
    return std::nullopt;
  }
  if (event.schema_version() == 0) return FieldFault{".schema_version", "must be 1 or more"};
  const auto& types = EventTypes();
  const auto type = types.find(event.event());
  if (type == types.end()) return FieldFault{".event", "no aggregate has an event of that name"};
  const google::protobuf::Descriptor* aggregate = type->second.aggregate;
  const std::string& url = event.data().type_url();
  if (url.substr(url.rfind('/') + 1) != aggregate->full_name())
    return FieldFault{".data", "is no " + aggregate->full_name()};
  // A batch has a thousand of these: they are parsed into a block on the stack.
  std::array<char, 2'048> block;
  google::protobuf::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  google::protobuf::Arena arena(options);
  auto* message =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(aggregate)->New(&arena);
  if (!message->ParseFromString(event.data().value())) return FieldFault{".data", "cannot be read"};
  if (EventNameOf(*message) != event.event())
    return FieldFault{".event", "is not the name of the event in data"};
  return std::nullopt;
}

MaybeFault EventFault(const v1::NewEvent& event, std::int64_t now_us) {
  if (!IsCellId(event.branch())) return FieldFault{".branch", "no cell's id"};
  if (!IsEventName(event.event())) return FieldFault{".event", "no event's name"};
  if (auto fault = TextFault(".status", event.status(), kStatusBytesMax)) return fault;
  if (event.has_tokens() && event.tokens() < 0) return FieldFault{".tokens", "negative"};
  if (auto fault = ClaimedCostFault(event.claimed_cost())) return fault;
  if (!IsTier(event.tier())) return FieldFault{".tier", "no tier's name"};
  if (event.occurred_at_us() < 0) return FieldFault{".occurred_at_us", "negative"};
  if (event.occurred_at_us() > now_us + kAheadMaxUs)
    return FieldFault{".occurred_at_us", "more than a day ahead"};
  if (!event.causation_id().empty() && !ParseTxnId(event.causation_id()))
    return FieldFault{".causation_id", "no record's id"};
  if (auto fault = SourceFault(event)) return fault;
  if (event.ByteSizeLong() > kRecordBytesMax - kEnvelopeBytesMax)
    return FieldFault{"", "larger than 256 KiB"};
  return DataFault(event);
}

Status CheckText(std::string_view path, std::string_view text, std::size_t bytes_max) {
  const auto fault = TextFault(path, text, bytes_max);
  return fault ? Bad(fault->field, fault->what) : absl::OkStatus();
}

Status CheckStreams(const v1::AppendRequest& request, std::int64_t now_us) {
  if (request.appends().empty()) return Bad("appends", "empty");
  std::set<std::string_view> streams;
  std::size_t events = 0;
  for (int i = 0; i < request.appends_size(); ++i) {
    const auto& append = request.appends(i);
    const auto bad = [i](const std::string& field, const std::string& what) {
      return Bad("appends[" + std::to_string(i) + "]" + field, what);
    };
    if (!IsStreamName(append.stream())) return bad(".stream", "no stream's name");
    if (!streams.insert(append.stream()).second) return bad(".stream", "stands twice");
    if (append.events().empty()) return bad(".events", "empty");
    events += static_cast<std::size_t>(append.events_size());
    if (events > kEventsMax)
      return bad(".events", "more than " + std::to_string(kEventsMax) + " in one append");
    for (int e = 0; e < append.events_size(); ++e)
      if (const auto fault = EventFault(append.events(e), now_us))
        return bad(".events[" + std::to_string(e) + "]" + fault->field, fault->what);
  }
  return absl::OkStatus();
}

Status CheckConditions(const v1::AppendRequest& request) {
  if (static_cast<std::size_t>(request.conditions_size()) > kConditionsMax)
    return Bad("conditions", "more than " + std::to_string(kConditionsMax));
  for (int i = 0; i < request.conditions_size(); ++i)
    if (!IsStreamName(request.conditions(i).stream()))
      return Bad("conditions[" + std::to_string(i) + "].stream", "no stream's name");
  if (static_cast<std::size_t>(request.no_matches_size()) > kNoMatchesMax)
    return Bad("no_matches", "more than " + std::to_string(kNoMatchesMax));
  for (int i = 0; i < request.no_matches_size(); ++i)
    if (const auto selection = SelectionOf({}, request.no_matches(i)); !selection.ok())
      return Bad("no_matches[" + std::to_string(i) + "]",
                 std::string(selection.status().message()));
  return absl::OkStatus();
}

// What a repeated command must have in common with the first. Where it was traced and which ledger
// it was meant for may differ.
std::string DigestOf(const v1::AppendRequest& request) {
  v1::AppendRequest command = request;
  command.clear_command_digest();
  command.clear_traceparent();
  command.clear_log_id();
  command.clear_epoch();
  return Sha256(command.SerializeAsString());
}

}  // namespace

Status CheckEvent(const std::string& path, const v1::NewEvent& event, std::int64_t now_us) {
  const auto fault = EventFault(event, now_us);
  return fault ? Bad(path + fault->field, fault->what) : absl::OkStatus();
}

Status CheckAppend(const v1::AppendRequest& request, TimePoint now) {
  if (request.ByteSizeLong() > kRequestBytesMax) return Bad("request", "larger than 4 MiB");
  HQ_RETURN_IF_ERROR(CheckStreams(request, ToMicros(now)));
  HQ_RETURN_IF_ERROR(CheckConditions(request));
  HQ_RETURN_IF_ERROR(CheckText("command_id", request.command_id(), kIdBytesMax));
  HQ_RETURN_IF_ERROR(CheckText("actor", request.actor(), kIdBytesMax));
  HQ_RETURN_IF_ERROR(CheckText("role", request.role(), kIdBytesMax));
  HQ_RETURN_IF_ERROR(CheckText("correlation_id", request.correlation_id(), kIdBytesMax));
  HQ_RETURN_IF_ERROR(CheckText("traceparent", request.traceparent(), kIdBytesMax));
  if (!IsAscii(request.traceparent())) return Bad("traceparent", "not ASCII");
  const std::size_t digest_bytes = request.command_digest().size();
  if (digest_bytes != 0 && digest_bytes != 32) return Bad("command_digest", "not 32 bytes");
  if (digest_bytes != 0 && request.command_id().empty())
    return Bad("command_digest", "given without a command_id");
  return absl::OkStatus();
}

std::string_view OwnerOfCommand(const v1::AppendRequest& request) {
  const auto& events = request.appends(0).events();
  return events.empty() || events[0].source_line().empty() ? request.actor() : std::string_view();
}

std::string_view OwnerOfCommand(const v1::Record& record) {
  return record.source_line().empty() ? record.actor() : std::string_view();
}

Status CompleteAppend(const Appender& appender, v1::AppendRequest& request) {
  if (!request.command_id().empty() && request.command_digest().empty())
    request.set_command_digest(DigestOf(request));
  const bool names_another = (!request.actor().empty() && request.actor() != appender.principal) ||
                             (!request.role().empty() && request.role() != appender.role);
  if (names_another && !appender.IsService())
    return Refusal(absl::StatusCode::kPermissionDenied, "only a service may act for somebody else",
                   "ACTOR_NOT_CALLER", "Leave actor and role empty.");
  if (request.actor().empty()) {
    request.set_actor(appender.principal);
    request.set_role(appender.role);
  }
  for (auto& append : *request.mutable_appends())
    if (IsEmergencyStop(appender, append)) CompleteEmergencyStop(appender, append);
  return absl::OkStatus();
}

}  // namespace hq::ledger
