// Result<T>: the one way to report an expected failure. Codes are gRPC's canonical codes, so an
// error crosses every process boundary without translation. What a program needs beside the code
// (the reason, what to do next) travels as an Advice attached to the status.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace hq {

using Status = absl::Status;
template <class T>
using Result = absl::StatusOr<T>;

// What google.rpc.ErrorInfo will carry: a stable UPPER_SNAKE reason, and a sentence that tells the
// caller what to do next.
struct Advice {
  std::string reason;
  std::string next_step;
};

// Returns `status` with the advice attached. An OK status is returned as it is.
Status WithAdvice(Status status, const Advice& advice);

// The advice attached to `status`; both strings empty if there is none.
Advice AdviceOf(const Status& status);

// Shorthand for a refusal: a code, a message, a reason and the next step.
Status Refusal(absl::StatusCode code, std::string_view message, std::string_view reason,
               std::string_view next_step);

// Puts "context: " before the message; keeps code and advice.
Status Annotate(const Status& status, std::string_view context);

}  // namespace hq

#define HQ_CONCAT_(a, b) a##b
#define HQ_CONCAT(a, b) HQ_CONCAT_(a, b)

// HQ_ASSIGN_OR_RETURN(auto x, F()): x is F()'s value, or the enclosing function returns F()'s
// error.
#define HQ_ASSIGN_OR_RETURN(declaration, expression) \
  HQ_ASSIGN_OR_RETURN_(HQ_CONCAT(hq_result_, __LINE__), declaration, expression)
#define HQ_ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                                 \
  if (!result.ok()) return result.status();                   \
  declaration = *std::move(result)

// HQ_RETURN_IF_ERROR(F()): for an F that returns Status.
#define HQ_RETURN_IF_ERROR(expression)                                    \
  do {                                                                    \
    if (auto hq_status = (expression); !hq_status.ok()) return hq_status; \
  } while (false)
