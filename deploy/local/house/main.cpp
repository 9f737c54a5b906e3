// hq-house up DIR: the whole of HQ OS on the loopback, in the foreground until SIGTERM or Ctrl-C.
// What falls over is started again.
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "deploy/local/house/house.hpp"

namespace hq::house {
namespace {

constexpr std::chrono::seconds kReadyPatience(120);

void PrintTable(const House& house) {
  std::printf("%-10s %-24s %8s  %s\n", "WHAT", "WHERE", "PROCESS", "LOG");
  for (const std::string& name : Blueprint::Names()) {
    const bool has_url = !Blueprint::IsService(name);
    const std::string where = has_url ? house.UrlOf(name) : house.AddressOf(name);
    std::printf("%-10s %-24s %8d  %s\n", name.c_str(), where.c_str(), house.ProcessOf(name),
                house.LogOf(name).c_str());
  }
  std::fflush(stdout);
}

// Until SIGINT or SIGTERM. Looks once a second whether somebody has fallen.
void WatchOver(House& house, const sigset_t& signals) {
  const timespec second{1, 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0) {
    for (const std::string& name : house.Fallen()) {
      const Status launched = house.Launch(name);
      std::printf("%s fell over and was started again%s\n", name.c_str(),
                  launched.ok() ? "" : ", in vain");
      std::fflush(stdout);
    }
  }
}

Status Up(const std::string& directory) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  HouseOptions options;
  options.directory = directory;
  options.bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  HQ_ASSIGN_OR_RETURN(const auto house, House::Start(options));
  HQ_RETURN_IF_ERROR(house->WaitReady(kReadyPatience));
  PrintTable(*house);
  std::printf("ready\n");
  std::fflush(stdout);
  WatchOver(*house, signals);
  std::printf("stopping\n");
  return house->StopAll();
}

}  // namespace
}  // namespace hq::house

int main(int count, char** arguments) {
  const bool is_understood = count == 3 && std::string_view(arguments[1]) == "up";
  if (!is_understood) {
    std::fprintf(stderr, "usage: hq-house up DIR\n");
    return 2;
  }
  const hq::Status status = hq::house::Up(arguments[2]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "hq-house: %s\n", std::string(status.message()).c_str());
  return 1;
}
