// An archive in a bucket of S3 or of what speaks like it (R2, Swift): path-style URLs, every call
// signed (Signature Version 4) with its content's digest, tried again a few times where that is
// harmless. Nothing is written over: a name is looked for first, and then written on condition that
// it is new. Where the server does not know that condition, two who put different content under one
// name in the same moment may both be taken; a ledger is one.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "common/base/clock.hpp"
#include "common/http/client.hpp"
#include "common/http/retry.hpp"
#include "services/ledger/ports.hpp"

namespace hq::ledger {

struct S3Settings {
  std::string endpoint;         // "https://host[:port]", no path.
  std::string bucket;           // It is there already.
  std::string region = "auto";  // R2's; others have their own.
  std::string access_key;
  std::string secret_key;  // Never logged.
  int attempts_max = 4;    // Of one call.
  http::Backoff backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(2'000)};
  std::chrono::milliseconds timeout{30'000};  // Of one attempt, and besides a second a megabyte.
  int page_size = 1'000;                      // Names in one answer; S3 gives no more.
};

class S3Archive final : public Archive {
 public:
  // `clock` outlives it.
  S3Archive(S3Settings settings, Clock& clock) : settings_(std::move(settings)), clock_(clock) {}

  Status Put(const std::string& name, std::string_view bytes) override;
  Result<std::string> Get(const std::string& name) const override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  std::string target() const override {
    return "s3:" + settings_.endpoint + "/" + settings_.bucket;
  }

 private:
  http::Request RequestOf(const std::string& method, const std::string& path_and_query,
                          std::string_view body) const;
  // Sends it until it is answered for good. Every status but those to be tried again is an answer.
  Result<http::Response> Send(const http::Request& request) const;
  // The answer to putting what was not there a moment ago; on condition that it still is not, which
  // S3 and R2 know and other servers may not.
  Result<http::Response> PutNew(const std::string& name, std::string_view bytes,
                                bool is_conditional) const;
  // As Get, from a name that is one.
  Result<http::Response> Fetch(const std::string& name) const;

  const S3Settings settings_;
  Clock& clock_;
  const http::Client client_;
  std::atomic<bool> knows_conditions_ = true;  // The server knows conditional writes.
};

}  // namespace hq::ledger
