// Signature Version 4 of a call as it arrived, worked out from Amazon's documentation alone: for a
// server in a test, which must not believe the code that signed.
#pragma once

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "deploy/local/http_server/request.hpp"
#include "deploy/local/http_server/url.hpp"

namespace hq::testing {

struct SigningScope {
  std::string access_key;
  std::string secret_key;
  std::string region;
};

inline std::string Hmac(std::string_view key, std::string_view text) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()), &size);
  return digest;
}

// Sorted by name, names and values encoded anew, each with its '='.
inline std::string CanonicalQuery(const std::string& query) {
  std::vector<std::string> parameters;
  for (const std::string& one : std::vector<std::string>(absl::StrSplit(query, '&'))) {
    if (one.empty()) continue;
    const std::pair<std::string, std::string> pair = absl::StrSplit(one, absl::MaxSplits('=', 1));
    const auto encoded = [](const std::string& text) {
      return http_server::PercentEncode(http_server::PercentDecode(text));
    };
    parameters.push_back(encoded(pair.first) + "=" + encoded(pair.second));
  }
  std::sort(parameters.begin(), parameters.end());
  return absl::StrJoin(parameters, "&");
}

// As hexadecimal, of a call with that method. `signed_headers` are in lower case and sorted.
inline std::string SignatureOf(const std::string& method, const http_server::Request& call,
                               const std::vector<std::string>& signed_headers,
                               const SigningScope& scope) {
  std::string headers;
  for (const std::string& name : signed_headers) headers += name + ":" + call.Header(name) + "\n";
  const std::string canonical = method + "\n" + call.path + "\n" + CanonicalQuery(call.query) +
                                "\n" + headers + "\n" + absl::StrJoin(signed_headers, ";") + "\n" +
                                call.Header("x-amz-content-sha256");
  const std::string time = call.Header("x-amz-date");
  const std::string day = time.substr(0, 8);
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + time + "\n" + day + "/" + scope.region +
                              "/s3/aws4_request\n" + Hex(Sha256(canonical));
  const std::string day_key = Hmac("AWS4" + scope.secret_key, day);
  const std::string key = Hmac(Hmac(Hmac(day_key, scope.region), "s3"), "aws4_request");
  return Hex(Hmac(key, to_sign));
}

// What "Credential", "SignedHeaders" or "Signature" is in the header Authorization.
inline std::string AuthorizationPart(const http_server::Request& call, const std::string& name) {
  const std::string header = call.Header("authorization");
  constexpr std::string_view kScheme = "AWS4-HMAC-SHA256 ";
  if (!header.starts_with(kScheme)) return "";
  const std::vector<std::string> parts =
      absl::StrSplit(header.substr(kScheme.size()), absl::ByAnyChar(", "));
  for (const std::string& part : parts)
    if (part.starts_with(name + "=")) return part.substr(name.size() + 1);
  return "";
}

// The code of the error that S3 answers such a call with; empty if it lets it in.
inline std::string SignatureFault(const std::string& method, const http_server::Request& call,
                                  const SigningScope& scope) {
  const std::string time = call.Header("x-amz-date");
  const std::string credential =
      scope.access_key + "/" + time.substr(0, 8) + "/" + scope.region + "/s3/aws4_request";
  if (time.size() != 16 || AuthorizationPart(call, "Credential") != credential)
    return "AuthorizationHeaderMalformed";
  const std::vector<std::string> names =
      absl::StrSplit(AuthorizationPart(call, "SignedHeaders"), ';');
  const auto is_signed = [&names](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  // What a stranger on the way could change to his advantage, if it was not signed.
  for (const auto& [name, value] : call.headers) {
    const bool matters = name == "host" || name == "content-type" || name == "if-none-match" ||
                         name.starts_with("x-amz-");
    if (matters && !is_signed(name)) return "AccessDenied";
  }
  if (!std::is_sorted(names.begin(), names.end())) return "AccessDenied";
  if (call.Header("x-amz-content-sha256") != Hex(Sha256(call.body)))
    return "XAmzContentSHA256Mismatch";
  return AuthorizationPart(call, "Signature") == SignatureOf(method, call, names, scope)
             ? ""
             : "SignatureDoesNotMatch";
}

}  // namespace hq::testing
