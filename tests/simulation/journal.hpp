// What happened in a simulated run, line by line, and what should not have. Two runs of one seed
// have the same hash.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace hq::testing {

class Journal {
 public:
  void Say(const std::string& line) {
    for (const char c : line + "\n") {  // FNV-1a
      hash_ ^= static_cast<unsigned char>(c);
      hash_ *= 1'099'511'628'211ULL;
    }
    last_lines_.push_back(line);
    if (last_lines_.size() > kLinesMax) last_lines_.pop_front();
  }

  void Fail(const std::string& what) {
    Say("FAULT: " + what);
    faults_.push_back(what);
  }

  std::uint64_t hash() const { return hash_; }
  const std::vector<std::string>& faults() const { return faults_; }
  bool has_failed() const { return !faults_.empty(); }

  std::string LastLines() const {
    std::string text;
    for (const std::string& line : last_lines_) text += "  " + line + "\n";
    return text;
  }

 private:
  static constexpr std::size_t kLinesMax = 80;

  std::uint64_t hash_ = 14'695'981'039'346'656'037ULL;
  std::deque<std::string> last_lines_;
  std::vector<std::string> faults_;
};

}  // namespace hq::testing
