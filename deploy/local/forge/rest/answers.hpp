// GitHub's way of answering: JSON bodies, error bodies, lists in pages; and of reading what came.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

http_server::Response Json(int status, const nlohmann::json& body);
http_server::Response NoContent();

// {"message", "documentation_url", "status"}
http_server::Response Error(int status, const std::string& message);

// 422 "Validation Failed" with one entry in "errors".
http_server::Response ValidationFailed(const nlohmann::json& error);
http_server::Response InvalidField(const std::string& resource, const std::string& field,
                                   const std::string& code);
http_server::Response CustomError(const std::string& resource, const std::string& message);

// kNotFound 404, kInvalidArgument 422, kPermissionDenied 403, kFailedPrecondition 405,
// kAborted 409, anything else 500.
http_server::Response FromStatus(const Status& status);

// One page of `items` as ?per_page and ?page ask, with a Link header.
http_server::Response Page(const Call& call, const nlohmann::json& items);

// The body's member as text; `fallback` if it is absent or null. kInvalidArgument if it is of
// another type or too long.
Result<std::string> Text(const Call& call, const std::string& field,
                         const std::string& fallback = {});
Result<bool> Flag(const Call& call, const std::string& field, bool fallback);
bool Has(const Call& call, const std::string& field);

// The number in the path. kNotFound if it is none.
Result<std::int64_t> Number(const Call& call);

// "2026-01-18T02:11:44Z", or null for 0.
nlohmann::json Time(std::int64_t time_ms);

}  // namespace hq::forge::rest
