// The one HTTP client, on libcurl: http and https only, certificates verified, no redirects, every
// call under a deadline and with a bound on what it takes in. Never logs, never shows a URL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/result.hpp"

namespace hq::http {

// Signs a call as AWS Signature Version 4 has it, for S3 and what speaks like it. The caller gives
// the header x-amz-content-sha256; the query's keys are sorted, percent-encoded and each has a '='.
struct AwsSignature {
  std::string region;
  std::string service;
  std::string access_key;
  std::string secret_key;  // Never logged.
};

// One call to be made.
struct Request {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  std::int64_t timeout_ms = 10'000;                   // For the whole call.
  std::size_t response_bytes_max = 16 * 1024 * 1024;  // A longer body fails the call.
  std::optional<AwsSignature> signature;
};

// What the server answered, whatever it was.
struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // Names in lower case; the last of a name counts.
  std::string body;
};

// Thread-safe.
class Client {
 public:
  Client();

  // Every answer of a server is a Response, also 500. kInvalidArgument: no http(s) URL, or a line
  // break in a header. kUnavailable: not sent at all (no address, no connection, no TLS): may be
  // repeated. kDeadlineExceeded: sent, perhaps taken, no answer: the outcome is unknown.
  // kResourceExhausted: answered with more than response_bytes_max.
  Result<Response> Send(const Request& request) const;
};

}  // namespace hq::http
