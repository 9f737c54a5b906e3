#include "deploy/local/forge/request_log.hpp"

#include <absl/strings/escaping.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/check.hpp"

namespace hq::forge {
namespace {

std::string Sha256Hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

}  // namespace

Result<std::unique_ptr<RequestLog>> RequestLog::Open(const std::string& path, Clock& clock) {
  int file = -1;
  if (!path.empty()) {
    file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return absl::UnavailableError(path + ": " + std::strerror(errno));
  }
  return std::unique_ptr<RequestLog>(new RequestLog(file, clock));
}

RequestLog::~RequestLog() {
  if (file_ >= 0) close(file_);
}

void RequestLog::Append(const http_server::Request& request, int status,
                        const std::string& principal, const nlohmann::json& audit) {
  if (file_ < 0) return;
  const std::string query = request.query.empty() ? "" : "?" + request.query;
  nlohmann::json line = {
      {"time", ToRfc3339(clock_.Now())}, {"method", request.method},
      {"path", request.path + query},    {"status", status},
      {"principal", principal},          {"body_digest", "sha256:" + Sha256Hex(request.body)}};
  if (audit.is_object()) line.update(audit);
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  const ssize_t written = write(file_, text.data(), text.size());
  HQ_CHECK(written == static_cast<ssize_t>(text.size()), "the request log takes every line");
}

}  // namespace hq::forge
