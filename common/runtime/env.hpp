// Reads settings from the environment. Collects every problem before giving up, so that one failed
// start names all the missing or malformed variables.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::runtime {

class Env {
 public:
  std::string Required(const char* name);
  std::string Optional(const char* name, std::string fallback);

  // A whole number from `least` to `most`.
  std::int64_t Number(const char* name, std::int64_t fallback, std::int64_t least,
                      std::int64_t most);

  // The variable holds milliseconds, e.g. "250".
  std::chrono::milliseconds Millis(const char* name, std::chrono::milliseconds fallback);

  // The variable names a file; the value is its content without trailing white space. This is how
  // secrets come in: never in a variable or a flag.
  std::string RequiredFile(const char* name);

  // kInvalidArgument naming every variable that is missing or malformed.
  Status Done() const;

 private:
  std::vector<std::string> problems_;
};

}  // namespace hq::runtime
