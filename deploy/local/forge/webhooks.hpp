// Tells one URL of pull requests that were opened or closed, signed as GitHub signs. Best effort:
// tried once, never waited for, lost with the process. What must not be missed is asked for.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "common/runtime/component.hpp"

namespace hq::forge {

// Send is safe from any thread.
class Webhooks final : public Component {
 public:
  // Without a URL nothing is sent.
  Webhooks(std::string url, std::string secret)
      : url_(std::move(url)), secret_(std::move(secret)) {}

  void Send(const std::string& event, const nlohmann::json& payload);
  void Run(std::stop_token stop) override;

 private:
  struct Delivery {
    std::string event;
    std::string body;
  };
  void Deliver(const Delivery& delivery, std::uint64_t number) const;

  const std::string url_;
  const std::string secret_;
  std::mutex mutex_;
  std::condition_variable_any has_work_;
  std::deque<Delivery> waiting_;
};

}  // namespace hq::forge
