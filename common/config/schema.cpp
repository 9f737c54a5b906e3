#include "common/config/schema.hpp"

#define VALIJSON_USE_EXCEPTIONS 1  // Else it ends the process on a schema that it cannot read.

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "common/config/strict_json.hpp"

namespace hq::config {
namespace {

// Patterns are matched by std::regex, which recurses once a character: longer strings would take
// the stack with them.
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
  return Refusal(absl::StatusCode::kInvalidArgument,
                 std::string(file) + ": " + SchemaPath(deepest.context) + ": " +
                     deepest.description.substr(0, 300) + " (" + std::string(schema_file) + ")",
                 "SCHEMA_VIOLATION", "Mend the document at the place named.");
}

}  // namespace

Status CheckSchema(std::string_view file, std::string_view text, std::string_view schema_file,
                   std::string_view schema) {
  HQ_ASSIGN_OR_RETURN(const Value strict, ParseStrict(file, text));
  HQ_RETURN_IF_ERROR(CheckStringLengths(file, "$", strict));
  const auto strict_schema = ParseStrict(schema_file, schema);
  if (!strict_schema.ok())
    return MalformedSchema(schema_file, std::string(strict_schema.status().message()));
  try {
    const auto schema_json = nlohmann::json::parse(schema);
    const auto document = nlohmann::json::parse(text);
    valijson::Schema compiled;
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), compiled);
    valijson::Validator validator;
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter target(document);
    if (validator.validate(compiled, target, &results)) return absl::OkStatus();
    return Violation(file, schema_file, results);
  } catch (const std::exception& error) {  // Both libraries throw; nothing passes this port.
    return MalformedSchema(schema_file, error.what());
  }
}

}  // namespace hq::config
