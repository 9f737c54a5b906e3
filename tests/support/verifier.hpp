// The independent verifier of tests/verifier, run as the program that it is.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace hq::testing {

struct VerifierOutcome {
  std::vector<std::string> lines;
  int exit_code = -1;
};

// `arguments` as a shell reads them.
inline VerifierOutcome RunVerifier(const std::string& arguments) {
  const std::string command = "python3 " HQ_SOURCE_DIR "/tests/verifier/verify.py " + arguments;
  VerifierOutcome outcome;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), size);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  for (std::size_t end = 0; (end = output.find('\n')) != std::string::npos;
       output.erase(0, end + 1))
    outcome.lines.push_back(output.substr(0, end));
  return outcome;
}

}  // namespace hq::testing
