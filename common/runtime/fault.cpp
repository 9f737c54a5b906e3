#include "common/runtime/fault.hpp"

#ifdef HQ_FAULTS
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>

namespace hq::fault {
namespace {

struct Plan {
  std::string name;
  long at = 0;
  std::string count_file;
  std::map<std::string, long, std::less<>> passed;
  std::mutex mutex;
};

Plan& ThePlan() {
  static Plan* plan = [] {
    auto* made = new Plan;  // Never destroyed: points may be passed while the process exits.
    if (const char* text = std::getenv("HQ_FAULT")) {
      const std::string fault = text;
      const auto colon = fault.rfind(':');
      made->name = fault.substr(0, colon);
      made->at = colon == std::string::npos ? 1 : std::atol(fault.c_str() + colon + 1);
    }
    if (const char* file = std::getenv("HQ_FAULT_COUNT")) made->count_file = file;
    return made;
  }();
  return *plan;
}

}  // namespace

void Point(std::string_view name) {
  Plan& plan = ThePlan();
  if (plan.name.empty() && plan.count_file.empty()) return;
  std::lock_guard lock(plan.mutex);
  auto it = plan.passed.find(name);
  if (it == plan.passed.end()) it = plan.passed.emplace(name, 0).first;
  ++it->second;
  if (!plan.count_file.empty()) {
    std::ofstream file(plan.count_file);
    for (const auto& [point, count] : plan.passed) file << point << ' ' << count << '\n';
  }
  if (name == plan.name && it->second == plan.at) kill(getpid(), SIGKILL);
}

}  // namespace hq::fault
#endif
