#include <algorithm>
#include <charconv>

#include "common/config/strict_json.hpp"

namespace hq::config {
namespace {

std::string_view KindName(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "true or false";
    case Value::Kind::kNumber:
      return "a number";
    case Value::Kind::kString:
      return "a string";
    case Value::Kind::kArray:
      return "an array";
    case Value::Kind::kObject:
      return "an object";
  }
  return "something else";
}

std::string Mismatch(Value::Kind wanted, Value::Kind found) {
  return "must be " + std::string(KindName(wanted)) + ", not " + std::string(KindName(found));
}

std::string Listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

ObjectReader::ObjectReader(std::string_view file, std::string path, const Value& value)
    : file_(file), path_(std::move(path)), value_(value) {
  if (value.kind != Value::Kind::kObject)
    fault_ = FileFault(file_, path_, Mismatch(Value::Kind::kObject, value.kind));
}

bool ObjectReader::Has(std::string_view field) const {
  return std::any_of(value_.fields.begin(), value_.fields.end(),
                     [&](const auto& known) { return known.name == field; });
}

const Value* ObjectReader::Any(std::string_view field) {
  taken_[std::string(field)] = true;
  const auto it = std::find_if(value_.fields.begin(), value_.fields.end(),
                               [&](const auto& known) { return known.name == field; });
  return it == value_.fields.end() ? nullptr : &it->value;
}

const Value* ObjectReader::Take(std::string_view field, Value::Kind kind, bool is_required) {
  const Value* value = Any(field);
  if (!value) {
    if (is_required) Fault(field, "is missing; it must be " + std::string(KindName(kind)));
    return nullptr;
  }
  if (value->kind == kind) return value;
  Fault(field, Mismatch(kind, value->kind));
  return nullptr;
}

std::string ObjectReader::String(std::string_view field) {
  const Value* value = Take(field, Value::Kind::kString, true);
  if (value && value->text.empty()) Fault(field, "must not be empty");
  return value ? value->text : std::string();
}

std::string ObjectReader::String(std::string_view field, std::string_view fallback) {
  const Value* value = Take(field, Value::Kind::kString, false);
  return value ? value->text : std::string(fallback);
}

bool ObjectReader::Bool(std::string_view field, bool fallback) {
  const Value* value = Take(field, Value::Kind::kBool, false);
  return value ? value->boolean : fallback;
}

std::int64_t ObjectReader::Integer(std::string_view field, std::int64_t least, std::int64_t most) {
  const Value* value = Take(field, Value::Kind::kNumber, true);
  if (!value) return least;
  std::int64_t number = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [rest, error] = std::from_chars(value->text.data(), end, number);
  if (error == std::errc() && rest == end && number >= least && number <= most) return number;
  Fault(field, "must be a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most) + ", not " + value->text.substr(0, 40));
  return least;
}

std::int64_t ObjectReader::Integer(std::string_view field, std::int64_t least, std::int64_t most,
                                   std::int64_t fallback) {
  if (Has(field)) return Integer(field, least, most);
  taken_[std::string(field)] = true;
  return fallback;
}

Nanos ObjectReader::Decimal(std::string_view field) {
  const Value* value = Take(field, Value::Kind::kNumber, true);
  if (!value) return 0;
  const auto nanos = ParseNanos(value->text);
  if (!nanos.ok()) Fault(field, std::string(nanos.status().message()).substr(0, 200));
  return nanos.ok() ? *nanos : Nanos{0};
}

std::vector<std::string> ObjectReader::Strings(std::string_view field) {
  std::vector<std::string> strings;
  const Value* value = Take(field, Value::Kind::kArray, true);
  if (!value) return strings;
  for (std::size_t i = 0; i < value->items.size(); ++i) {
    const Value& item = value->items[i];
    const std::string place = std::string(field) + "[" + std::to_string(i) + "]";
    if (item.kind != Value::Kind::kString) {
      Fault(place, Mismatch(Value::Kind::kString, item.kind));
    } else if (item.text.empty()) {
      Fault(place, "must not be empty");
    } else {
      strings.push_back(item.text);
    }
  }
  return strings;
}

std::string ObjectReader::OneOf(std::string_view field, const std::vector<std::string>& allowed) {
  const Value* value = Take(field, Value::Kind::kString, true);
  if (!value) return {};
  if (std::find(allowed.begin(), allowed.end(), value->text) == allowed.end())
    Fault(field,
          "must be one of " + Listed(allowed) + ", not \"" + value->text.substr(0, 60) + "\"");
  return value->text;
}

std::string ObjectReader::OneOf(std::string_view field, const std::vector<std::string>& allowed,
                                std::string_view fallback) {
  if (Has(field)) return OneOf(field, allowed);
  taken_[std::string(field)] = true;
  return std::string(fallback);
}

const Value* ObjectReader::Object(std::string_view field, bool is_required) {
  return Take(field, Value::Kind::kObject, is_required);
}

const Value* ObjectReader::Array(std::string_view field, bool is_required) {
  return Take(field, Value::Kind::kArray, is_required);
}

void ObjectReader::Ignore(std::string_view field) { taken_[std::string(field)] = true; }

std::string ObjectReader::PathOf(std::string_view field) const {
  return path_ + "." + std::string(field.substr(0, 100));
}

void ObjectReader::Fault(std::string_view field, std::string_view message) {
  if (fault_.ok()) fault_ = FileFault(file_, PathOf(field), message);
}

Status ObjectReader::Done() {
  if (!fault_.ok()) return fault_;
  for (const auto& [name, value] : value_.fields) {
    if (taken_.contains(name)) continue;
    std::vector<std::string> known;
    for (const auto& [field, is_taken] : taken_) known.push_back(field);
    return FileFault(file_, PathOf(name), "unknown field; known here: " + Listed(known));
  }
  return absl::OkStatus();
}

}  // namespace hq::config
