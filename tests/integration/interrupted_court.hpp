// A court in front of the real one: between its answer and whoever asked, something happens.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "services/sync/ports.hpp"

namespace hq::decision {

class InterruptedCourt final : public sync::Court {
 public:
  using Ask = std::function<Result<v1::AuthorizeResponse>(const v1::AuthorizeRequest&)>;
  InterruptedCourt(Ask ask, std::function<void()> meanwhile)
      : ask_(std::move(ask)), meanwhile_(std::move(meanwhile)) {}

  Result<v1::AuthorizeResponse> Authorize(const v1::AuthorizeRequest& request) override {
    auto answer = ask_(request);
    if (answer.ok() && meanwhile_) std::exchange(meanwhile_, {})();
    return answer;
  }
  Status LockCell(const std::string&, const std::string&, const CommandMeta&) override {
    return absl::UnimplementedError("not asked for here");
  }

 private:
  Ask ask_;
  std::function<void()> meanwhile_;
};

}  // namespace hq::decision
