// hq-fuzz: libFuzzer on one of the fuzzers, named by its first argument: hq-fuzz --fuzzer=NAME
// [libFuzzer's own arguments]. libFuzzer passes over what begins with two dashes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/fuzzers.hpp"

namespace {

const hq::fuzz::Fuzzer*& Chosen() {
  static const hq::fuzz::Fuzzer* chosen = nullptr;
  return chosen;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  constexpr std::string_view kFlag = "--fuzzer=";
  for (int i = 1; i < *count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (argument.starts_with(kFlag)) Chosen() = hq::fuzz::FindFuzzer(argument.substr(kFlag.size()));
    if (argument != "--list") continue;
    for (const auto& fuzzer : hq::fuzz::Fuzzers()) std::printf("%s\n", fuzzer.name.c_str());
    std::exit(0);
  }
  if (Chosen()) return 0;
  std::fprintf(stderr, "hq-fuzz: name one of the fuzzers: --fuzzer=NAME; --list lists them\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Chosen()->body({reinterpret_cast<const char*>(data), size});
  return 0;
}
