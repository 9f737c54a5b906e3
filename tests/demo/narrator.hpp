// Tells the story while it happens, to people, on standard output. Says only what was seen.
#pragma once

#include <chrono>
#include <string>

namespace hq::demo {

class Narrator {
 public:
  Narrator() : begun_(std::chrono::steady_clock::now()) {}

  void Chapter(const std::string& title);
  void Say(const std::string& sentence);
  // A command as a person would type it, and who types it.
  void Typed(const std::string& who, const std::string& command);
  void Seen(const std::string& fact);
  void NotSeen(const std::string& why);

 private:
  std::string Time() const;  // Seconds since the beginning.

  std::chrono::steady_clock::time_point begun_;
};

}  // namespace hq::demo
