#include "tests/demo/inbox_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hq::demo {

std::vector<std::string> InboxReader::In(const std::string& box) const {
  http::Request request;
  request.url = house_.UrlOf("inbox") + "/messages?box=" + box;
  const auto response = client_.Send(request);
  std::vector<std::string> messages;
  if (!response.ok()) return messages;
  const auto list = nlohmann::json::parse(response->body, nullptr, false);
  if (!list.is_array()) return messages;
  for (const auto& message : list)
    if (message.contains("body")) messages.push_back(message["body"].dump());
  return messages;
}

int InboxReader::Count(const std::string& box, const std::vector<std::string>& words) const {
  const auto messages = In(box);
  return static_cast<int>(
      std::count_if(messages.begin(), messages.end(), [&](const std::string& message) {
        return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
          return message.find(word) != std::string::npos;
        });
      }));
}

}  // namespace hq::demo
