// hq-demo [DIR]: plays the six steps on a fresh house, in DIR (empty, or not there yet) or a
// temporary directory, and tells them while they happen. Exit code 0 only if every step was seen to
// be true from outside.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

Status Play(const std::filesystem::path& directory) {
  const auto bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::printf("HQ OS on the loopback, in %s\n", directory.c_str());
  HQ_ASSIGN_OR_RETURN(const auto stage, Stage::Open(directory, bin));
  stage->narrator.Seen("nats-server, forge, inbox and the five services run and are ready");
  for (const auto step : {Step1, Step2, Step3, Step4, Step5, Step6}) {
    const Status status = step(*stage);
    if (!status.ok()) stage->narrator.NotSeen(std::string(status.message()));
    HQ_RETURN_IF_ERROR(status);
  }
  stage->narrator.Chapter("The end");
  HQ_RETURN_IF_ERROR(stage->house->StopAll());
  stage->narrator.Seen("every program ended with exit code 0");
  return absl::OkStatus();
}

}  // namespace
}  // namespace hq::demo

int main(int count, char** arguments) {
  if (count > 2) {
    std::fprintf(stderr, "usage: hq-demo [DIR]\n");
    return 2;
  }
  std::string directory = (std::filesystem::temp_directory_path() / "hq-demo-XXXXXX").string();
  const bool is_temporary = count < 2;
  if (!is_temporary) directory = arguments[1];
  if (is_temporary && !mkdtemp(directory.data())) {
    std::fprintf(stderr, "hq-demo: no temporary directory can be made\n");
    return 1;
  }
  if (std::filesystem::exists(directory) && !std::filesystem::is_empty(directory)) {
    std::fprintf(stderr, "hq-demo: %s is not empty, and the story begins on a fresh house\n",
                 directory.c_str());
    return 2;
  }
  const hq::Status status = hq::demo::Play(directory);
  if (status.ok()) {
    std::error_code ignored;
    if (is_temporary) std::filesystem::remove_all(directory, ignored);
    std::printf("\nSix steps, all seen from outside.\n");
    return 0;
  }
  std::fprintf(stderr, "\nhq-demo: %s\nWhat was there is still in %s (logs/ first).\n",
               std::string(status.message()).c_str(), directory.c_str());
  return 1;
}
