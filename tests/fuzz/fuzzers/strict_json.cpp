// The reader below every configuration file. What it takes is JSON to a reader that is not ours
// too, and printed and read again it is the same.
#include "common/config/strict_json.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "common/base/check.hpp"
#include "common/config/secret.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

using config::Value;

constexpr std::size_t kLevelsMax = 64;

std::string Printed(const Value& value) {
  std::string text;
  switch (value.kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return value.boolean ? "true" : "false";
    case Value::Kind::kNumber:
      return value.text;
    case Value::Kind::kString:
      return config::JsonString(value.text);
    case Value::Kind::kArray:
      for (const Value& item : value.items) text += (text.empty() ? "" : ",") + Printed(item);
      return "[" + text + "]";
    case Value::Kind::kObject:
      for (const auto& [name, field] : value.fields)
        text += (text.empty() ? "" : ",") + config::JsonString(name) + ":" + Printed(field);
      return "{" + text + "}";
  }
  return text;
}

void CheckBounds(const Value& value, std::size_t level) {
  HQ_CHECK(level <= kLevelsMax, "what was taken is not too deep");
  if (value.kind == Value::Kind::kString)
    HQ_CHECK(config::SecretKindOf(value.text).empty() && IsUtf8(value.text) &&
                 value.text.find('\0') == std::string::npos,
             "what was taken holds no secret, no NUL, and is UTF-8");
  for (const Value& item : value.items) CheckBounds(item, level + 1);
  std::set<std::string> names;
  for (const auto& [name, field] : value.fields) {
    HQ_CHECK(names.insert(name).second, "no key stands twice");
    CheckBounds(field, level + 1);
  }
}

}  // namespace

bool StrictJson(std::string_view bytes) {
  const auto value = config::ParseStrict("any.json", bytes);
  if (!value.ok()) {
    CheckFileRefusal(value.status(), "any.json");
    return false;
  }
  HQ_CHECK(nlohmann::json::accept(bytes), "what is taken is JSON");
  CheckBounds(*value, 0);
  const std::string printed = Printed(*value);
  const auto again = config::ParseStrict("any.json", printed);
  HQ_CHECK(again.ok() && Printed(*again) == printed, "printed and read again it is the same");
  return true;
}

}  // namespace hq::fuzz
