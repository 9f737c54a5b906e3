// The forge's own log of every request it was sent: the proof of what was done to a repository, and
// how often.
#pragma once

#include <string>
#include <vector>

#include "deploy/local/house/house.hpp"

namespace hq::demo {

struct ForgeRequest {
  std::string time;  // RFC 3339; sorts as text.
  std::string method;
  std::string path;
  int status = 0;
  std::string head;  // Of a new pull request.
};

class ForgeRequests {
 public:
  // `house` outlives it.
  explicit ForgeRequests(const house::House& house) : house_(house) {}

  // In the order in which they were answered, from the `skip`-th on.
  std::vector<ForgeRequest> All(std::size_t skip = 0) const;

  // Those that changed something in the cell's repository, pushes too.
  std::vector<ForgeRequest> ChangesTo(const std::string& cell, std::size_t skip = 0) const;

  // The pull requests that were really opened in the cell with that head branch.
  int PullsOpened(const std::string& cell, const std::string& head, std::size_t skip = 0) const;

 private:
  const house::House& house_;
};

}  // namespace hq::demo
