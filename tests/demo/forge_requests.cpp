#include "tests/demo/forge_requests.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace hq::demo {

std::vector<ForgeRequest> ForgeRequests::All(std::size_t skip) const {
  std::vector<ForgeRequest> requests;
  std::ifstream file(house_.directory() / "forge" / "requests.jsonl");
  for (std::string line; std::getline(file, line);) {
    if (skip > 0) {
      --skip;
      continue;
    }
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    ForgeRequest request;
    request.time = json.value("time", "");
    request.method = json.value("method", "");
    request.path = json.value("path", "");
    request.status = json.value("status", 0);
    request.head = json.value("head", "");
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<ForgeRequest> ForgeRequests::ChangesTo(const std::string& cell,
                                                   std::size_t skip) const {
  std::vector<ForgeRequest> changes;
  for (ForgeRequest& request : All(skip)) {
    const bool is_about_cell = request.path.starts_with("/repos/dtslib/" + cell + "/") ||
                               request.path.starts_with("/dtslib/" + cell + ".git/");
    const bool is_fetch = request.path.ends_with("/git-upload-pack");
    if (is_about_cell && request.method != "GET" && !is_fetch) changes.push_back(request);
  }
  return changes;
}

int ForgeRequests::PullsOpened(const std::string& cell, const std::string& head,
                               std::size_t skip) const {
  constexpr int kCreated = 201;
  const auto changes = ChangesTo(cell, skip);
  return static_cast<int>(
      std::count_if(changes.begin(), changes.end(), [&](const ForgeRequest& request) {
        return request.method == "POST" && request.path.ends_with("/pulls") &&
               request.status == kCreated && request.head.ends_with(head);
      }));
}

}  // namespace hq::demo
