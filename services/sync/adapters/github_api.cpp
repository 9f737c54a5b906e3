#include "services/sync/adapters/github_api.hpp"

#include "common/http/retry.hpp"
#include "common/runtime/fault.hpp"

namespace hq::sync {
namespace {

using nlohmann::json;

constexpr std::size_t kPerPage = 100;

// The path without its query: what people want to read.
std::string CallName(const std::string& method, const std::string& path) {
  return method + " " + path.substr(0, path.find('?'));
}

}  // namespace

GithubApi::GithubApi(Settings settings, Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {
  while (settings_.api_url.ends_with('/')) settings_.api_url.pop_back();
}

Result<GithubAnswer> GithubApi::Call(const std::string& method, const std::string& path,
                                     const json& body) {
  HQ_RETURN_IF_ERROR(CheckPause());
  http::Request request;
  request.method = method;
  request.url = settings_.api_url + path;
  request.headers = {{"Accept", "application/vnd.github+json"},
                     {"Authorization", "Bearer " + settings_.token},
                     {"User-Agent", "hq-os"},
                     {"X-GitHub-Api-Version", "2022-11-28"}};
  if (!body.is_null()) {
    request.headers["Content-Type"] = "application/json";
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  request.timeout_ms = settings_.timeout.count();

  fault::Point("forge.call.before");
  const auto response = client_.Send(request);
  fault::Point("forge.call.after");

  const bool is_read = method == "GET";
  const auto verdict = response.ok() ? http::Classify(*response, is_read, clock_.Now())
                                     : http::Classify(response.status(), is_read);
  if (verdict.retry_after) PauseFor(*verdict.retry_after);
  GithubAnswer answer;
  answer.call = CallName(method, path);
  if (!response.ok())
    return Status(http::CodeOf(verdict, 0),
                  answer.call + ": " + std::string(response.status().message()));
  answer.status = response->status;
  answer.body = json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  const bool is_answer =
      verdict.kind == http::Verdict::Kind::kDone || verdict.kind == http::Verdict::Kind::kPermanent;
  if (is_answer) return answer;
  return Status(http::CodeOf(verdict, answer.status),
                answer.call + ": " + std::to_string(answer.status) + " " + answer.Words());
}

Result<json> GithubApi::Ask(const std::string& method, const std::string& path, const json& body) {
  HQ_ASSIGN_OR_RETURN(GithubAnswer answer, Call(method, path, body));
  if (answer.status < 200 || answer.status >= 300) return FaultOf(answer);
  return std::move(answer.body);
}

Result<std::vector<json>> GithubApi::List(const std::string& path, const std::string& field) {
  constexpr std::size_t kPagesMax = 10;
  std::vector<json> items;
  for (std::size_t page = 1; page <= kPagesMax; ++page) {
    HQ_ASSIGN_OR_RETURN(const json answer,
                        Ask("GET", path + "&per_page=" + std::to_string(kPerPage) +
                                       "&page=" + std::to_string(page)));
    const json& list = field.empty() ? answer : ValueAt(answer, {field.c_str()});
    if (!list.is_array())
      return absl::UnavailableError(CallName("GET", path) + ": the answer is no list");
    items.insert(items.end(), list.begin(), list.end());
    if (list.size() < kPerPage) break;
  }
  return items;
}

Status GithubApi::CheckPause() {
  const std::lock_guard lock(mutex_);
  if (std::chrono::steady_clock::now() >= not_before_) return absl::OkStatus();
  return absl::UnavailableError("the forge asked to be left alone for a while");
}

void GithubApi::PauseFor(std::chrono::milliseconds wish) {
  const std::lock_guard lock(mutex_);
  not_before_ = std::max(not_before_, std::chrono::steady_clock::now() + wish);
}

Status FaultOf(const GithubAnswer& answer) {
  http::Verdict verdict;
  verdict.kind = http::Verdict::Kind::kPermanent;
  absl::StatusCode code = http::CodeOf(verdict, answer.status);
  if (code == absl::StatusCode::kUnauthenticated) code = absl::StatusCode::kPermissionDenied;
  if (code == absl::StatusCode::kInvalidArgument) code = absl::StatusCode::kFailedPrecondition;
  return Status(code, answer.call + ": " + std::to_string(answer.status) + " " + answer.Words());
}

std::string PercentEncoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte < 0x80 && (std::isalnum(byte) || c == '-' || c == '_' || c == '.');
    if (is_plain) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace hq::sync
