#include "tests/fuzz/promises.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/config/strict_json.hpp"

namespace hq::fuzz {
namespace {

constexpr std::size_t kRefusalBytesMax = 1'024;

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty())
    if (!TakeCharacter(text)) return false;
  return true;
}

void CheckRefusal(const Status& status) {
  const Advice advice = AdviceOf(status);
  HQ_CHECK(!status.ok(), "a refusal is none");
  HQ_CHECK(!status.message().empty(), "a refusal says why");
  HQ_CHECK(status.message().size() <= kRefusalBytesMax, "a refusal is short");
  HQ_CHECK(IsUtf8(std::string_view(status.message().data(), status.message().size())),
           "a refusal is UTF-8");
  HQ_CHECK(!advice.reason.empty() && !advice.next_step.empty(),
           "a refusal has a reason and a next step");
  HQ_CHECK(std::all_of(
               advice.reason.begin(), advice.reason.end(),
               [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }),
           "a reason is stable words");
}

void CheckFileRefusal(const Status& status, std::string_view file) {
  CheckRefusal(status);
  HQ_CHECK(absl::IsInvalidArgument(status), "a malformed file is an invalid argument");
  const config::Fault fault = config::FaultOf(file, status);
  HQ_CHECK(fault.path.starts_with("$"), "a fault has a path");
  HQ_CHECK(!fault.message.empty(), "a fault says what is wrong");
  HQ_CHECK(std::string_view(status.message().data(), status.message().size()).starts_with(file),
           "a fault names the file");
}

}  // namespace hq::fuzz
