#include "services/notify/reactors/sender.hpp"

#include "common/base/text.hpp"
#include "common/runtime/fault.hpp"
#include "common/runtime/log.hpp"
#include "services/notify/core/delivery.hpp"

namespace hq::notify {
namespace {

std::string_view NameOf(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::kTaken:
      return "taken";
    case Answer::Kind::kRefused:
      return "refused";
    case Answer::Kind::kNotNow:
      return "not_now";
    case Answer::Kind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace

Answer Sender::Send(const std::string& delivery_id, const ledger::v1::EffectIntended& intended,
                    const std::string& url) const {
  Message message;
  message.delivery_id = delivery_id;
  message.url = url;
  Answer answer;
  const auto channel = channels_.find(intended.kind());
  if (!message.notice.ParseFromString(intended.payload()) || channel == channels_.end()) {
    answer = {Answer::Kind::kRefused, {}, "this build cannot send this kind of message"};
  } else {
    fault::Point("notify.send.before");
    answer = channel->second->Send(message, call_timeout_);
    fault::Point("notify.send.after");
  }
  const std::string name(NameOf(answer.kind));
  metrics_.Add("hq_notify_attempts_total", {{"kind", intended.kind()}, {"answer", name}});
  if (answer.kind != Answer::Kind::kTaken)
    log::Warn("delivery_attempt_failed", {{"delivery", delivery_id},
                                          {"txn", message.notice.txn_id()},
                                          {"target", intended.target()},
                                          {"answer", name},
                                          {"error", answer.text}});
  return answer;
}

std::optional<ledger::v1::EffectSettled> OutcomeOf(const Answer& answer, std::uint32_t attempt,
                                                   bool may_be_doubled) {
  std::optional<ledger::v1::EffectSettled> outcome;
  if (answer.kind == Answer::Kind::kTaken) {
    outcome.emplace().set_succeeded(true);
  } else if (answer.kind == Answer::Kind::kRefused) {
    outcome = Failed(answer.text);
  } else if (attempt >= kAttemptsMax) {
    outcome = Failed("given up after " + std::to_string(attempt) + " attempts: " + answer.text);
  }
  if (outcome) outcome->set_may_be_doubled(may_be_doubled);
  return outcome;
}

ledger::v1::EffectSettled Failed(const std::string& error) {
  constexpr std::size_t kErrorBytesMax = 500;
  ledger::v1::EffectSettled settled;
  settled.set_error(ValidUtf8(error, kErrorBytesMax));
  return settled;
}

}  // namespace hq::notify
