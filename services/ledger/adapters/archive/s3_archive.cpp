#include "services/ledger/adapters/archive/s3_archive.hpp"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <random>
#include <thread>

#include "common/base/ids.hpp"
#include "services/ledger/adapters/archive/archive_fault.hpp"
#include "services/ledger/adapters/archive/s3_listing.hpp"
#include "services/ledger/core/archive_layout.hpp"

namespace hq::ledger {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;
constexpr int kNotImplemented = 501;
constexpr std::size_t kPagesMax = 100'000;

// As a query's value must be written to be signed: everything but unreserved characters encoded.
std::string QueryValue(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                               c == '~';
    if (is_unreserved) {
      encoded += c;
    } else {
      std::string hex = Hex(std::string_view(&c, 1));
      std::transform(hex.begin(), hex.end(), hex.begin(), [](char digit) {
        return digit >= 'a' ? static_cast<char>(digit - 32) : digit;
      });
      encoded += "%" + hex;
    }
  }
  return encoded;
}

// E.g. "403 AccessDenied".
std::string AnswerOf(const http::Response& response) {
  const std::string code = absl::CHexEscape(S3ErrorCode(response.body));
  return absl::StrCat(response.status, code.empty() ? "" : " ", code);
}

Status Refused(const http::Response& response) {
  const auto code = http::CodeOf({}, response.status);
  return Refusal(code, "the archive answers " + AnswerOf(response), "ARCHIVE_REFUSES",
                 "Look at the bucket's name, the keys and rights.");
}

}  // namespace

http::Request S3Archive::RequestOf(const std::string& method, const std::string& path_and_query,
                                   std::string_view body) const {
  constexpr std::size_t kMegabyte = 1'000'000;
  http::Request request;
  request.method = method;
  request.url = settings_.endpoint + "/" + settings_.bucket + path_and_query;
  request.body = std::string(body);
  request.headers["x-amz-content-sha256"] = Hex(Sha256(body));
  request.response_bytes_max = kArchiveBytesMax;
  request.timeout_ms =
      settings_.timeout.count() + static_cast<std::int64_t>(body.size() / kMegabyte) * 1'000;
  request.signature =
      http::AwsSignature{settings_.region, "s3", settings_.access_key, settings_.secret_key};
  return request;
}

// All calls may be repeated: the same content under the same name is the same. A conflict is to be
// tried again too: somebody is putting that name just now, and the next answer says whether he did.
Result<http::Response> S3Archive::Send(const http::Request& request) const {
  std::mt19937_64 random(std::random_device{}());  // For the back-off's jitter only.
  for (std::uint32_t attempt = 1;; ++attempt) {
    auto response = client_.Send(request);
    const auto verdict = response.ok() ? http::Classify(*response, /*is_read=*/true, clock_.Now())
                                       : http::Classify(response.status(), /*is_read=*/true);
    const bool is_known = response.ok() && response->status == kNotImplemented;
    const bool is_conflict = response.ok() && response->status == kConflict;
    const bool is_transient = verdict.kind == http::Verdict::Kind::kTransient || is_conflict;
    if (is_known || !is_transient) return response;
    if (attempt >= static_cast<std::uint32_t>(settings_.attempts_max))
      return ArchiveAway(response.ok() ? "it answers " + AnswerOf(*response)
                                       : std::string(response.status().message()));
    const auto own = http::DelayBefore(attempt, random(), settings_.backoff);
    const auto asked_for = verdict.retry_after.value_or(own);
    std::this_thread::sleep_for(std::min(asked_for, settings_.backoff.longest));
  }
}

Status S3Archive::Put(const std::string& name, std::string_view bytes) {
  if (!IsArchiveName(name)) return NoArchiveName(name);
  const bool is_conditional = knows_conditions_;
  HQ_ASSIGN_OR_RETURN(const auto about, Send(RequestOf("HEAD", "/" + name, "")));
  if (about.status != kOk && about.status != kNotFound) return Refused(about);
  if (about.status == kNotFound) {
    HQ_ASSIGN_OR_RETURN(const auto response, PutNew(name, bytes, is_conditional));
    if (response.status == kOk) return absl::OkStatus();
    if (is_conditional && response.status == kNotImplemented) {
      // It is looked for once more: the answer may have taken its time.
      knows_conditions_ = false;
      return Put(name, bytes);
    }
    if (response.status != kPreconditionFailed) return Refused(response);
  }
  HQ_ASSIGN_OR_RETURN(const auto present, Fetch(name));
  if (present.status == kNotFound)
    return ArchiveAway("it says that " + name + " is there, and has it not");
  if (present.status != kOk) return Refused(present);
  return present.body == bytes ? absl::OkStatus() : ArchiveDiverged(name);
}

Result<http::Response> S3Archive::PutNew(const std::string& name, std::string_view bytes,
                                         bool is_conditional) const {
  auto request = RequestOf("PUT", "/" + name, bytes);
  request.headers["content-type"] = "application/octet-stream";
  if (is_conditional) request.headers["if-none-match"] = "*";
  return Send(request);
}

Result<http::Response> S3Archive::Fetch(const std::string& name) const {
  auto request = RequestOf("GET", "/" + name, "");
  constexpr std::int64_t kLongestMs = 600'000;  // How large it is shows only in the answer.
  request.timeout_ms = std::max(request.timeout_ms, kLongestMs);
  return Send(request);
}

Result<std::string> S3Archive::Get(const std::string& name) const {
  if (!IsArchiveName(name)) return NoArchiveName(name);
  HQ_ASSIGN_OR_RETURN(auto response, Fetch(name));
  if (response.status == kNotFound) return NotInArchive(name);
  if (response.status != kOk) return Refused(response);
  return std::move(response.body);
}

Result<std::vector<std::string>> S3Archive::List(const std::string& prefix) const {
  std::vector<std::string> names;
  std::string token;
  for (std::size_t page = 0; page < kPagesMax; ++page) {
    // The keys in the order in which they are signed.
    std::string query = "/?";
    if (!token.empty()) query += "continuation-token=" + QueryValue(token) + "&";
    query +=
        absl::StrCat("list-type=2&max-keys=", settings_.page_size, "&prefix=", QueryValue(prefix));
    HQ_ASSIGN_OR_RETURN(const auto response, Send(RequestOf("GET", query, "")));
    if (response.status != kOk) return Refused(response);
    HQ_ASSIGN_OR_RETURN(const S3Listing listing, ParseS3Listing(response.body));
    for (const std::string& name : listing.names)
      if (IsArchiveName(name) && name.starts_with(prefix)) names.push_back(name);
    if (listing.next_token.empty()) {
      std::sort(names.begin(), names.end());
      return names;
    }
    token = listing.next_token;
  }
  return ArchiveAway("its list does not end");
}

}  // namespace hq::ledger
