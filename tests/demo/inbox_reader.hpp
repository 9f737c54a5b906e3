// What arrived at the inbox, which stands in for Slack and the cells' webhooks.
#pragma once

#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "deploy/local/house/house.hpp"

namespace hq::demo {

class InboxReader {
 public:
  // `house` outlives it.
  explicit InboxReader(const house::House& house) : house_(house) {}

  // The messages in a box ("slack/critical", "webhook/kakao-haneul"), as JSON text, oldest first.
  std::vector<std::string> In(const std::string& box) const;

  // Those with every one of the words.
  int Count(const std::string& box, const std::vector<std::string>& words) const;

 private:
  const house::House& house_;
  http::Client client_;
};

}  // namespace hq::demo
