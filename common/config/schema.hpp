// JSON Schema (draft-07): holds a document from outside against one of the whitepaper's schemas
// (Appendix A). The document is read strictly first; a schema never fetches anything.
#pragma once

#include <string_view>

#include "common/base/result.hpp"

namespace hq::config {

// kInvalidArgument "FILE: $.path: …", reason MALFORMED_FILE, if the text is no strict JSON, or
// SCHEMA_VIOLATION, if it is not what the schema asks for; kFailedPrecondition, reason
// MALFORMED_SCHEMA, if the schema itself is of no use.
Status CheckSchema(std::string_view file, std::string_view text, std::string_view schema_file,
                   std::string_view schema);

}  // namespace hq::config
