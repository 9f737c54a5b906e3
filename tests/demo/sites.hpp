// The cells' websites over HTTP, as a visitor sees them.
#pragma once

#include <string>

#include "common/http/client.hpp"
#include "deploy/local/house/house.hpp"

namespace hq::demo {

class Sites {
 public:
  // `house` outlives it.
  explicit Sites(const house::House& house) : house_(house) {}

  // The answer; status 0 means none.
  http::Response Get(const std::string& cell, const std::string& path) const;

  // The page's text; empty unless it answers with 200.
  std::string Page(const std::string& cell, const std::string& path) const;

  // The status of /health; 0 means no answer.
  int HealthOf(const std::string& cell) const;

  // The release that the site says it serves; empty if it says nothing.
  std::string ReleaseOf(const std::string& cell) const;

 private:
  const house::House& house_;
  http::Client client_;
};

}  // namespace hq::demo
