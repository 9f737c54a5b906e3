#include "tests/demo/site_watch.hpp"

namespace hq::demo {

SiteWatch::SiteWatch(const Sites& sites, std::string cell)
    : thread_([this, &sites, cell = std::move(cell)](std::stop_token stop) {
        constexpr int kServerError = 500;
        constexpr std::chrono::milliseconds kInterval(50);
        while (!stop.stop_requested()) {
          if (sites.HealthOf(cell) == kServerError) has_failed_ = true;
          std::this_thread::sleep_for(kInterval);
        }
      }) {}

}  // namespace hq::demo
