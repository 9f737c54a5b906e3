#include "deploy/local/forge/rest/answers.hpp"

#include <algorithm>
#include <charconv>

#include "common/base/clock.hpp"

namespace hq::forge::rest {
namespace {

using http_server::Response;
using nlohmann::json;

std::int64_t ToWhole(const std::string& text, std::int64_t fallback) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end && value > 0 ? value : fallback;
}

std::int64_t QueryNumber(const Call& call, const std::string& name, std::int64_t fallback) {
  const auto found = call.query.find(name);
  return found == call.query.end() ? fallback : ToWhole(found->second, fallback);
}

std::string PageLink(const Call& call, std::int64_t page, const std::string& relation) {
  std::string url = call.base_url + call.path + "?";
  for (const auto& [name, value] : call.query)
    if (name != "page")
      url += http_server::PercentEncode(name) + "=" + http_server::PercentEncode(value) + "&";
  return "<" + url + "page=" + std::to_string(page) + ">; rel=\"" + relation + "\"";
}

std::string Links(const Call& call, std::int64_t page, std::int64_t last) {
  std::vector<std::string> links;
  if (page > 1) links.push_back(PageLink(call, page - 1, "prev"));
  if (page < last) links.push_back(PageLink(call, page + 1, "next"));
  if (page < last) links.push_back(PageLink(call, last, "last"));
  if (page > 1) links.push_back(PageLink(call, 1, "first"));
  std::string joined;
  for (const auto& link : links) joined += (joined.empty() ? "" : ", ") + link;
  return joined;
}

}  // namespace

Response Json(int status, const json& body) {
  return {status,
          {{"Content-Type", "application/json; charset=utf-8"},
           {"X-GitHub-Media-Type", "github.v3; format=json"},
           {"Cache-Control", "no-cache"}},
          body.dump(-1, ' ', false, json::error_handler_t::replace)};
}

Response NoContent() { return {204, {}, {}}; }

Response Error(int status, const std::string& message) {
  return Json(status, {{"message", message},
                       {"documentation_url", "https://docs.github.com/rest"},
                       {"status", std::to_string(status)}});
}

Response ValidationFailed(const json& error) {
  return Json(422, {{"message", "Validation Failed"},
                    {"errors", json::array({error})},
                    {"documentation_url", "https://docs.github.com/rest"},
                    {"status", "422"}});
}

Response InvalidField(const std::string& resource, const std::string& field,
                      const std::string& code) {
  return ValidationFailed({{"resource", resource}, {"field", field}, {"code", code}});
}

Response CustomError(const std::string& resource, const std::string& message) {
  return ValidationFailed({{"resource", resource}, {"code", "custom"}, {"message", message}});
}

Response FromStatus(const Status& status) {
  const std::string message(status.message());
  if (absl::IsNotFound(status)) return Error(404, "Not Found");
  if (absl::IsInvalidArgument(status)) return Error(422, message);
  if (absl::IsPermissionDenied(status)) return Error(403, message);
  if (absl::IsFailedPrecondition(status)) return Error(405, message);
  if (absl::IsAborted(status)) return Error(409, message);
  return Error(500, "Server Error");
}

Response Page(const Call& call, const json& items) {
  constexpr std::int64_t kPerPageMax = 100;
  const auto total = static_cast<std::int64_t>(items.size());
  const std::int64_t per_page = std::min(QueryNumber(call, "per_page", 30), kPerPageMax);
  const std::int64_t page = QueryNumber(call, "page", 1);
  const std::int64_t last = std::max<std::int64_t>(1, (total + per_page - 1) / per_page);
  json shown = json::array();
  for (std::int64_t i = 0; page <= last && i < per_page; ++i) {
    const std::int64_t index = (page - 1) * per_page + i;
    if (index < total) shown.push_back(items[static_cast<std::size_t>(index)]);
  }
  Response response = Json(200, shown);
  const std::string links = Links(call, std::min(page, last + 1), last);
  if (!links.empty()) response.headers.emplace_back("Link", links);
  return response;
}

bool Has(const Call& call, const std::string& field) {
  return call.body.is_object() && call.body.contains(field) && !call.body[field].is_null();
}

Result<std::string> Text(const Call& call, const std::string& field, const std::string& fallback) {
  constexpr std::size_t kBytesMax = 65536;
  if (!Has(call, field)) return fallback;
  const json& value = call.body[field];
  if (!value.is_string())
    return absl::InvalidArgumentError("Invalid request.\n\nFor 'properties/" + field + "', " +
                                      value.dump() + " is not a string.");
  std::string text = value.get<std::string>();
  if (text.size() > kBytesMax)
    return absl::InvalidArgumentError(field + " is too long (maximum is 65536 characters)");
  return text;
}

Result<bool> Flag(const Call& call, const std::string& field, bool fallback) {
  if (!Has(call, field)) return fallback;
  const json& value = call.body[field];
  if (!value.is_boolean())
    return absl::InvalidArgumentError("Invalid request.\n\nFor 'properties/" + field + "', " +
                                      value.dump() + " is not a boolean.");
  return value.get<bool>();
}

Result<std::int64_t> Number(const Call& call) {
  const std::int64_t number = ToWhole(call.Parameter("number"), 0);
  if (number == 0) return absl::NotFoundError("not a number");
  return number;
}

json Time(std::int64_t time_ms) {
  if (time_ms == 0) return nullptr;
  const std::string text = ToRfc3339(FromMicros(time_ms * 1000));
  constexpr std::size_t kSecondsEnd = 19;  // Length of "2026-01-18T02:11:44".
  return text.substr(0, kSecondsEnd) + "Z";
}

}  // namespace hq::forge::rest
