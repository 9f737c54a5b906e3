#include "common/http/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>

#include "common/base/check.hpp"

namespace hq::http {
namespace {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using HeaderList = std::unique_ptr<curl_slist, ListFree>;

// What the callbacks of one call fill.
struct Intake {
  Response response;
  std::size_t bytes_max = 0;
  bool is_too_long = false;
  bool has_whole_head = false;  // The empty line behind the headers has come.
};

std::size_t TakeBody(char* data, std::size_t, std::size_t size, void* closure) {
  auto& intake = *static_cast<Intake*>(closure);
  if (intake.response.body.size() + size > intake.bytes_max) {
    intake.is_too_long = true;
    return 0;  // Ends the call.
  }
  intake.response.body.append(data, size);
  return size;
}

std::size_t TakeHeader(char* data, std::size_t, std::size_t size, void* closure) {
  auto& intake = *static_cast<Intake*>(closure);
  auto& headers = intake.response.headers;
  constexpr std::size_t kHeadersMax = 200;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) intake.has_whole_head = false;  // Perhaps after a 100.
  if (line == "\r\n" || line == "\n") intake.has_whole_head = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() >= kHeadersMax) return size;
  std::string name(line.substr(0, colon));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
  const std::size_t end = line.find_last_not_of(" \t\r\n");
  const bool is_empty = begin == std::string_view::npos || end < begin;
  headers[name] = is_empty ? std::string() : std::string(line.substr(begin, end - begin + 1));
  return size;
}

Result<HeaderList> ListOf(const Request& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    HQ_CHECK(longer, "there is memory for a header");
    static_cast<void>(list.release());
    list.reset(longer);
  };
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of(std::string("\r\n\0", 3)) != std::string::npos)
      return absl::InvalidArgumentError("a header has a line break in it");
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  // No waiting for 100 Continue; but libcurl 7.88 would sign this line and then not send it.
  if (!request.signature) add("Expect:");
  return list;
}

void Sign(CURL* easy, const AwsSignature& signature) {
  const std::string how = "aws:amz:" + signature.region + ":" + signature.service;
  curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, how.c_str());
  // Not USERPWD, which ends the name at the first colon.
  curl_easy_setopt(easy, CURLOPT_USERNAME, signature.access_key.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, signature.secret_key.c_str());
}

void SetUp(CURL* easy, const Request& request, curl_slist* headers, Intake& intake) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout_ms));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "hq-os");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  if (request.signature) Sign(easy, *request.signature);
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &intake);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &intake);
}

// Whether the request may have reached the server.
bool MayBeSent(CURL* easy) {
  curl_off_t before_transfer_us = 0;
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &before_transfer_us);
  return before_transfer_us > 0;
}

Status FaultOf(CURL* easy, CURLcode code, const Intake& intake) {
  const std::string why = curl_easy_strerror(code);  // Names no URL.
  if (intake.is_too_long) return absl::ResourceExhaustedError("the answer is too long");
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
    return absl::InvalidArgumentError("no http or https URL");
  if (MayBeSent(easy)) return absl::DeadlineExceededError("no answer: " + why);
  return absl::UnavailableError("not sent: " + why);
}

}  // namespace

Client::Client() {
  // libcurl wants this once a process, before any thread uses it.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  HQ_CHECK(ready == CURLE_OK, "libcurl can be used");
}

Result<Response> Client::Send(const Request& request) const {
  const Easy easy(curl_easy_init());
  if (!easy) return absl::UnavailableError("not sent: no memory for a call");
  HQ_ASSIGN_OR_RETURN(const HeaderList headers, ListOf(request));
  Intake intake;
  intake.bytes_max = request.response_bytes_max;
  SetUp(easy.get(), request, headers.get(), intake);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return FaultOf(easy.get(), code, intake);
  // libcurl 7.88 takes an answer that ends among its headers for one with an empty body.
  if (!intake.has_whole_head) return absl::DeadlineExceededError("no answer: it breaks off");
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  intake.response.status = static_cast<int>(status);
  return std::move(intake.response);
}

}  // namespace hq::http
