// Keeps an eye on one site while a rollout goes by, as a monitor outside would: remembers whether
// it was ever seen unwell.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "tests/demo/sites.hpp"

namespace hq::demo {

class SiteWatch {
 public:
  // `sites` outlives it.
  SiteWatch(const Sites& sites, std::string cell);

  bool has_failed() const { return has_failed_; }

 private:
  std::atomic<bool> has_failed_{false};
  std::jthread thread_;  // Last: it ends before what it uses.
};

}  // namespace hq::demo
