#include "common/base/result.hpp"

#include <absl/strings/cord.h>

namespace hq {
namespace {

constexpr std::string_view kReasonUrl = "hq.dtslib.com/reason";
constexpr std::string_view kNextStepUrl = "hq.dtslib.com/next_step";

// Debian builds Abseil with a string_view of its own.
absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

std::string PayloadOf(const Status& status, std::string_view url) {
  const auto payload = status.GetPayload(View(url));
  return payload ? std::string(*payload) : std::string();
}

}  // namespace

Status WithAdvice(Status status, const Advice& advice) {
  if (status.ok()) return status;
  if (!advice.reason.empty()) status.SetPayload(View(kReasonUrl), absl::Cord(advice.reason));
  if (!advice.next_step.empty())
    status.SetPayload(View(kNextStepUrl), absl::Cord(advice.next_step));
  return status;
}

Advice AdviceOf(const Status& status) {
  return {PayloadOf(status, kReasonUrl), PayloadOf(status, kNextStepUrl)};
}

Status Refusal(absl::StatusCode code, std::string_view message, std::string_view reason,
               std::string_view next_step) {
  return WithAdvice(Status(code, View(message)), {std::string(reason), std::string(next_step)});
}

Status Annotate(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return WithAdvice(
      Status(status.code(), std::string(context) + ": " + std::string(status.message())),
      AdviceOf(status));
}

}  // namespace hq
