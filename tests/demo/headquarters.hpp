// The people at headquarters: each types hqctl commands with an own token, as anybody could.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "deploy/local/house/house.hpp"
#include "tests/demo/narrator.hpp"

namespace hq::demo {

// What hqctl answered.
struct Answer {
  int exit_code = -1;
  std::vector<nlohmann::json> lines;  // One document a line of standard output.
  std::string errors;                 // Standard error: {"error":{…}} if it failed.

  // The last line, or null.
  nlohmann::json data() const { return lines.empty() ? nlohmann::json() : lines.back(); }
  // The refusal's stable word, e.g. "KILL_SWITCH"; empty if there is none.
  std::string reason() const;
};

class Headquarters {
 public:
  // Both outlive it.
  Headquarters(house::House& house, Narrator& narrator) : house_(house), narrator_(narrator) {}

  using Arguments = std::vector<std::string>;

  // Types the command for all to see. Any exit code is an answer.
  Result<Answer> Type(const std::string& who, const Arguments& arguments);

  // As Type, and it must succeed: what it printed. kInternal with what hqctl said, otherwise.
  Result<nlohmann::json> Do(const std::string& who, const Arguments& arguments);

  // As Do, without telling.
  Result<nlohmann::json> Look(const std::string& who, const Arguments& arguments);

  // As Look: every line.
  Result<std::vector<nlohmann::json>> LookAtAll(const std::string& who, const Arguments& arguments);

 private:
  Result<Answer> Run(const std::string& who, const Arguments& arguments);

  house::House& house_;
  Narrator& narrator_;
};

}  // namespace hq::demo
