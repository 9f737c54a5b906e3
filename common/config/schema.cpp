#include "common/config/schema.hpp"

#define VALIJSON_USE_EXCEPTIONS 1  // Else it ends the process on a schema that it cannot read.

#include <charconv>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace hq::config {
namespace {

// Patterns and formats are matched by std::regex, which recurses once a character: longer strings
// would take the stack with them.
constexpr std::size_t kStringBytesMax = 4096;

Status CheckStringLengths(std::string_view file, const std::string& path, const Value& value) {
  if (value.kind == Value::Kind::kString && value.text.size() > kStringBytesMax)
    return FileFault(file, path, "longer than " + std::to_string(kStringBytesMax) + " bytes");
  for (std::size_t i = 0; i < value.items.size(); ++i)
    HQ_RETURN_IF_ERROR(
        CheckStringLengths(file, path + "[" + std::to_string(i) + "]", value.items[i]));
  for (const auto& [name, field] : value.fields)
    HQ_RETURN_IF_ERROR(CheckStringLengths(file, path + "." + name.substr(0, 60), field));
  return absl::OkStatus();
}

Status MalformedSchema(std::string_view schema_file, const std::string& why) {
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 std::string(schema_file) + ": no schema that can be used: " + why.substr(0, 300),
                 "MALFORMED_SCHEMA", "Put a draft-07 schema without remote references there.");
}

// valijson's context is "<root>", then "[name]" or "[index]" a level.
std::string SchemaPath(const std::vector<std::string>& context) {
  std::string path = "$";
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string& part = context[i];
    const bool is_bracketed = part.size() > 2 && part.front() == '[' && part.back() == ']';
    const std::string name = is_bracketed ? part.substr(1, part.size() - 2) : part;
    const bool is_index = name.find_first_not_of("0123456789") == std::string::npos;
    path += is_index ? "[" + name + "]" : "." + name.substr(0, 60);
  }
  return path;
}

// The deepest fault is the one that names the field; those around it only say that it failed.
Status Violation(std::string_view file, std::string_view schema_file,
                 valijson::ValidationResults& results) {
  valijson::ValidationResults::Error found, deepest;
  while (results.popError(found))
    if (deepest.description.empty() || found.context.size() > deepest.context.size())
      deepest = found;
  const std::string what =
      deepest.description.substr(0, 300) + " (" + std::string(schema_file) + ")";
  return WithAdvice(FileFault(file, SchemaPath(deepest.context), what),
                    {"SCHEMA_VIOLATION", "Mend the document at the place named."});
}

// For the validator alone, which asks a number for its type and range: no sum is made of it.
nlohmann::json NumberOf(const std::string& digits) {
  const char* end = digits.data() + digits.size();
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (error == std::errc() && rest == end) return number;
  double inexact = 0;
  std::from_chars(digits.data(), end, inexact);
  return inexact;
}

nlohmann::json JsonOf(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull:
      break;
    case Value::Kind::kBool:
      return value.boolean;
    case Value::Kind::kNumber:
      return NumberOf(value.text);
    case Value::Kind::kString:
      return value.text;
    case Value::Kind::kArray: {
      auto array = nlohmann::json::array();
      for (const auto& item : value.items) array.push_back(JsonOf(item));
      return array;
    }
    case Value::Kind::kObject: {
      auto object = nlohmann::json::object();
      for (const auto& [name, field] : value.fields) object.emplace(name, JsonOf(field));
      return object;
    }
  }
  return nullptr;
}

// Takes away the formats that are the caller's; true if something is left that is matched by
// std::regex.
bool TakeFormats(nlohmann::json& schema, const std::set<std::string>& callers_formats) {
  bool has_regex = false;
  if (schema.is_object()) {
    const auto format = schema.find("format");
    const bool is_callers = format != schema.end() && format->is_string() &&
                            callers_formats.contains(format->get<std::string>());
    if (is_callers) schema.erase(format);
    has_regex = schema.contains("format") || schema.contains("pattern") ||
                schema.contains("patternProperties");
  }
  if (schema.is_structured())
    for (auto& part : schema) has_regex = TakeFormats(part, callers_formats) || has_regex;
  return has_regex;
}

}  // namespace

struct Schema::Compiled {
  std::string file;
  nlohmann::json json;  // The compiled schema may refer to it.
  valijson::Schema schema;
  bool has_regex = false;
};

Schema::Schema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Result<Schema> Schema::Compile(std::string_view file, std::string_view text,
                               const std::set<std::string>& callers_formats) {
  const auto strict = ParseStrict(file, text);
  if (!strict.ok()) return MalformedSchema(file, std::string(strict.status().message()));
  auto compiled = std::make_unique<Compiled>();
  compiled->file = file;
  try {
    compiled->json = nlohmann::json::parse(text);
    compiled->has_regex = TakeFormats(compiled->json, callers_formats);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(compiled->json),
                          compiled->schema);
  } catch (const std::exception& error) {  // Both libraries throw; nothing passes this port.
    return MalformedSchema(file, error.what());
  }
  return Schema(std::move(compiled));
}

Status Schema::Check(std::string_view file, const Value& document) const {
  if (compiled_->has_regex) HQ_RETURN_IF_ERROR(CheckStringLengths(file, "$", document));
  try {
    const nlohmann::json json = JsonOf(document);
    valijson::Validator validator;
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter target(json);
    if (validator.validate(compiled_->schema, target, &results)) return absl::OkStatus();
    return Violation(file, compiled_->file, results);
  } catch (const std::exception& error) {
    return MalformedSchema(compiled_->file, error.what());
  }
}

}  // namespace hq::config
