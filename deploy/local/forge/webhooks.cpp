#include "deploy/local/forge/webhooks.hpp"

#include <absl/strings/escaping.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <memory>

namespace hq::forge {
namespace {

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

std::string Signature(const std::string& secret, const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  return "sha256=" +
         absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::size_t Discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

}  // namespace

void Webhooks::Send(const std::string& event, const nlohmann::json& payload) {
  constexpr std::size_t kWaitingMax = 1000;
  if (url_.empty()) return;
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingMax) return;
  waiting_.push_back(
      {event, payload.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
  has_work_.notify_one();
}

void Webhooks::Run(std::stop_token stop) {
  std::uint64_t number = 0;
  std::unique_lock lock(mutex_);
  while (has_work_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    const Delivery delivery = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Deliver(delivery, ++number);
    lock.lock();
    if (stop.stop_requested()) return;
  }
}

void Webhooks::Deliver(const Delivery& delivery, std::uint64_t number) const {
  constexpr long kTimeoutMs = 2000;
  const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
  if (!curl) return;
  HeaderList headers;
  for (const std::string& header :
       {std::string("Content-Type: application/json"), "X-GitHub-Event: " + delivery.event,
        "X-GitHub-Delivery: " + std::to_string(getpid()) + "-" + std::to_string(number),
        "X-Hub-Signature-256: " + Signature(secret_, delivery.body)})
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  curl_easy_setopt(curl.get(), CURLOPT_URL, url_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, delivery.body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(delivery.body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Discard);
  curl_easy_perform(curl.get());  // Best effort: the receiver polls anyway.
}

}  // namespace hq::forge
