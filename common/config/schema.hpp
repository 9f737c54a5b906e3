// JSON Schema (draft-07): holds a document from outside against one of the whitepaper's schemas
// (Appendix A). The document is read strictly first; a schema never fetches anything.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/config/strict_json.hpp"

namespace hq::config {

// Read once, used for many documents. Immutable, so safe from any thread.
class Schema {
 public:
  // `file` names the schema in messages. `callers_formats` are values of "format" that the caller
  // checks itself, because the validator does it loosely or slowly: a date-time costs it
  // milliseconds. kFailedPrecondition, reason MALFORMED_SCHEMA, if it is of no use.
  static Result<Schema> Compile(std::string_view file, std::string_view text,
                                const std::set<std::string>& callers_formats = {});

  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // kInvalidArgument "FILE: $.path: …", reason SCHEMA_VIOLATION, if the document is not what the
  // schema asks for; FaultOf takes it apart.
  Status Check(std::string_view file, const Value& document) const;

 private:
  struct Compiled;
  explicit Schema(std::unique_ptr<Compiled> compiled);

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace hq::config
