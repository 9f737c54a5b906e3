#include "services/notify/core/notice.hpp"

#include <array>
#include <memory>
#include <utility>

#include "common/base/clock.hpp"
#include "common/base/text.hpp"
#include "common/events/event_name.hpp"
#include "services/notify/core/routing.hpp"

namespace hq::notify {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kTextMax = 3000;
constexpr std::size_t kFactMax = 400;
constexpr int kListedMax = 10;

// Cuts to at most `size` bytes, never inside a UTF-8 character.
std::string Cut(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  constexpr std::string_view kEllipsis = "…";
  return ValidUtf8(text, size - kEllipsis.size()) + std::string(kEllipsis);
}

std::string_view Word(options::v1::Severity severity) {
  if (severity == options::v1::SEVERITY_CRITICAL) return "CRITICAL";
  return severity == options::v1::SEVERITY_WARNING ? "WARNING" : "INFO";
}

struct NextStep {
  std::string_view event;
  std::string_view advice;
};

constexpr std::array kNextSteps = {
    NextStep{"deploy_failed",
             "The rollout halts by itself and takes the release back where it landed. Look at the "
             "cause, mend it, unlock the cell (hqctl unlock) and release again."},
    NextStep{"conflict_detected",
             "Your own version stays as it is. Look at the issue labelled `conflict` in your "
             "repository and settle the paths named there."},
    NextStep{"ledger_error",
             "Have a person audit the ledger now; do not restore over it before that."},
    NextStep{"cost_limit_exceeded",
             "See what was used with `hqctl usage`; raise the limit or wait for the next month."},
    NextStep{"kill_switch_activated",
             "Nothing new starts until an HQ admin releases it: `hqctl kill-switch off --reason`."},
    NextStep{"kill_switch_released",
             "Nothing resumes by itself: `hqctl rollout resume` where you want it."},
    NextStep{"rollout_blocked", "Read the reason, remove it, plan the rollout again."},
    NextStep{"rollout_paused", "When the cause is gone: `hqctl rollout resume`."},
    NextStep{"rollout_halted", "See `hqctl rollout get` for each cell's state."},
    NextStep{"revert_consent_needed",
             "The owner has to merge the revert pull request; until then the cell serves a release "
             "that was taken back."},
    NextStep{"revert_conflicted",
             "The release cannot be taken back by itself: revert the paths by hand in the cell."},
    NextStep{"cell_locked",
             "Nothing but reverts reaches the cell until `hqctl unlock` with a reason."},
    NextStep{"release_quarantined", "Make a new release; this one cannot be planned again."},
    NextStep{"pull_request_declined",
             "The owner's answer stands for this release; the next one asks again."},
};

std::string AdviceFor(const ledger::v1::Record& record) {
  for (const auto& step : kNextSteps)
    if (step.event == record.event()) return std::string(step.advice);
  return "Details: `hqctl ledger get " + record.id() + "`.";
}

std::string ValueOf(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool is_list = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return {};
      return is_list ? reflection.GetRepeatedString(message, &field, index)
                     : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return is_list ? std::string() : std::to_string(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return is_list ? std::string() : std::to_string(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return is_list || !reflection.GetBool(message, &field) ? std::string() : "yes";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;  // Times, enumerations and nested messages say little to people out of context.
  }
  return {};
}

std::string FactOf(const Message& message, const FieldDescriptor& field) {
  if (!field.is_repeated()) return ValueOf(message, field, -1);
  const int size = message.GetReflection()->FieldSize(message, &field);
  std::string list;
  for (int i = 0; i < size && i < kListedMax; ++i) {
    const std::string value = ValueOf(message, field, i);
    if (!value.empty()) list += (list.empty() ? "" : ", ") + value;
  }
  if (size > kListedMax) list += " and " + std::to_string(size - kListedMax) + " more";
  return list;
}

// The fields of the event inside the record, one line each. The reason, where there is one, first:
// it is what people look for.
std::string FactsOf(const ledger::v1::Record& record) {
  const auto type = EventTypes().find(record.event());
  if (type == EventTypes().end() || !record.has_data()) return {};
  const auto* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type->second.aggregate);
  const std::unique_ptr<Message> event(prototype->New());
  if (!UnpackEvent(record.data(), *event).ok()) return {};
  const auto* body = type->second.aggregate->FindOneofByName("body");
  const auto* chosen = event->GetReflection()->GetOneofFieldDescriptor(*event, body);
  if (!chosen) return {};
  const Message& fact = event->GetReflection()->GetMessage(*event, chosen);
  std::string reason, rest;
  for (int i = 0; i < fact.GetDescriptor()->field_count(); ++i) {
    const auto& field = *fact.GetDescriptor()->field(i);
    if (field.name() == "actor") continue;  // Stands at the end of every text.
    const bool is_set = field.is_repeated() || fact.GetReflection()->HasField(fact, &field);
    const std::string value = is_set ? FactOf(fact, field) : std::string();
    if (value.empty()) continue;
    auto& lines = field.name() == "reason" ? reason : rest;
    lines += field.name() + ": " + Cut(value, kFactMax) + "\n";
  }
  return reason + rest;
}

}  // namespace

v1::Notice ComposeNotice(const ledger::v1::Record& record) {
  v1::Notice notice;
  notice.set_event(record.event());
  notice.set_branch(record.branch());
  notice.set_txn_id(record.id());
  notice.set_severity(ShownSeverity(record.event()));
  notice.set_occurred_at_us(record.occurred_at_us());
  std::string text = "[" + std::string(Word(notice.severity())) + "] " + record.event() + " · " +
                     record.branch() + " · " + record.id() + "\n";
  if (!record.status().empty()) text += "status: " + record.status() + "\n";
  if (record.has_tokens()) text += "tokens: " + std::to_string(record.tokens()) + "\n";
  text += FactsOf(record);
  text += "by " + record.actor() + " (" + record.role() + "), " +
          ToRfc3339(FromMicros(record.occurred_at_us())) + "\n";
  const std::string advice = "What to do: " + AdviceFor(record);
  notice.set_text(Cut(std::move(text), kTextMax - advice.size()) + advice);
  return notice;
}

}  // namespace hq::notify
