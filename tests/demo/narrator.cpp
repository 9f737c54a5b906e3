#include "tests/demo/narrator.hpp"

#include <cstdio>

namespace hq::demo {
namespace {

void Print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace

void Narrator::Chapter(const std::string& title) { Print("\n── " + title); }

void Narrator::Say(const std::string& sentence) { Print("   " + sentence); }

void Narrator::Typed(const std::string& who, const std::string& command) {
  Print("   " + who + " $ " + command);
}

void Narrator::Seen(const std::string& fact) { Print(Time() + " ✓ " + fact); }

void Narrator::NotSeen(const std::string& why) { Print(Time() + " ✗ " + why); }

std::string Narrator::Time() const {
  char text[16];
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begun_;
  std::snprintf(text, sizeof(text), "%5.1f s", since.count());
  return text;
}

}  // namespace hq::demo
