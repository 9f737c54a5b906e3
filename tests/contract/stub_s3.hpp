// A bucket that speaks as R2 does where Swift does not: region `auto`, conditional writes, and the
// answers that a real one gives on a bad day, when a test asks for them. It checks every signature.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "deploy/local/http_server/server.hpp"
#include "services/ledger/adapters/archive/s3_archive.hpp"
#include "tests/contract/signature_v4.hpp"

namespace hq::testing {

inline http_server::Response S3Error(int status, const std::string& code) {
  return {status,
          {{"Content-Type", "application/xml"}},
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code +
              "</Code><Message>As in the documentation.</Message></Error>"};
}

class StubS3 {
 public:
  using Objects = std::map<std::string, std::string>;
  // What happens before a call is answered; a response is the answer then.
  using Step = std::function<std::optional<http_server::Response>(Objects&)>;

  explicit StubS3(bool knows_conditions = true)
      : knows_conditions_(knows_conditions),
        server_(*http_server::Server::Listen(
            {.listen = "127.0.0.1:0"},
            [this](const http_server::Request& call) { return Answer(call); })),
        thread_([this](std::stop_token stop) { server_->Run(stop); }) {}

  // How an archive reaches it; it never waits for long.
  ledger::S3Settings Settings() const {
    ledger::S3Settings settings;
    settings.endpoint = "http://127.0.0.1:" + std::to_string(server_->port());
    settings.bucket = "hq-backup";
    settings.access_key = scope_.access_key;
    settings.secret_key = scope_.secret_key;
    settings.page_size = 3;
    settings.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
    return settings;
  }

  // Before the next call of this method, or the next so many of them.
  void Next(const std::string& method, Step step, int times = 1) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < times; ++i) steps_[method].push_back(step);
  }

  Objects objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  // "PUT segments/a", "PUT segments/a if new", "GET ?list-type=2&…", in their order.
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  http_server::Response Answer(const http_server::Request& call) {
    const std::lock_guard lock(mutex_);
    // The server hands HEAD over as GET; by the signature it is found out which it was.
    const bool is_head = call.method == "GET" && SignatureFault("HEAD", call, scope_).empty();
    const std::string method = is_head ? "HEAD" : call.method;
    const std::string fault = SignatureFault(method, call, scope_);
    if (!fault.empty()) return S3Error(403, fault);
    constexpr std::string_view kBucket = "/hq-backup/";
    if (!call.path.starts_with(kBucket)) return S3Error(404, "NoSuchBucket");
    const std::string name = call.path.substr(kBucket.size());
    const bool is_conditional = call.headers.contains("if-none-match");
    calls_.push_back(method + " " + name + (call.query.empty() ? "" : "?" + call.query) +
                     (is_conditional ? " if new" : ""));
    auto& steps = steps_[method];
    if (!steps.empty()) {
      const Step step = steps.front();
      steps.pop_front();
      if (auto answer = step(objects_)) return *std::move(answer);
    }
    if (method == "PUT") return Put(call, name);
    if (name.empty()) return List(http_server::ParseQuery(call.query));
    const auto found = objects_.find(name);
    if (found == objects_.end()) return S3Error(404, "NoSuchKey");
    return {200, {{"Content-Type", "application/octet-stream"}}, found->second};
  }

  http_server::Response Put(const http_server::Request& call, const std::string& name) {
    const std::string condition = call.Header("if-none-match");
    if (!condition.empty() && (!knows_conditions_ || condition != "*"))
      return S3Error(501, "NotImplemented");
    if (!condition.empty() && objects_.contains(name)) return S3Error(412, "PreconditionFailed");
    objects_[name] = call.body;
    return {200, {}, ""};
  }

  // Tokens of R2 are base64: they have characters that a query must not have.
  http_server::Response List(http_server::Query query) const {
    const std::string kTokenBegin = "1/+=";
    const std::string prefix = query["prefix"], token = query["continuation-token"];
    if (query["list-type"] != "2" || (!token.empty() && !token.starts_with(kTokenBegin)))
      return S3Error(400, "InvalidArgument");
    const std::string after = token.empty() ? "" : token.substr(kTokenBegin.size());
    std::string contents, last;
    int left = std::stoi(query["max-keys"]);
    bool is_truncated = false;
    for (const auto& [name, bytes] : objects_) {
      if (!name.starts_with(prefix) || name <= after) continue;
      is_truncated = left-- == 0;
      if (is_truncated) break;
      contents += "<Contents><Key>" + name + "</Key></Contents>";
      last = name;
    }
    const std::string next = is_truncated
                                 ? "<IsTruncated>true</IsTruncated><NextContinuationToken>" +
                                       kTokenBegin + last + "</NextContinuationToken>"
                                 : "<IsTruncated>false</IsTruncated>";
    return {200,
            {{"Content-Type", "application/xml"}},
            "<ListBucketResult>" + next + contents + "</ListBucketResult>"};
  }

  const bool knows_conditions_;
  const SigningScope scope_{"an-access-key", "a-secret-key", "auto"};
  mutable std::mutex mutex_;
  Objects objects_;
  std::vector<std::string> calls_;
  std::map<std::string, std::deque<Step>> steps_;
  std::unique_ptr<http_server::Server> server_;
  std::jthread thread_;
};

}  // namespace hq::testing
