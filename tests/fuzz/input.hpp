// Takes bytes apart into the numbers and texts that a fuzzer needs besides. What is asked for
// beyond the end is zero or empty, so that any bytes mean something.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace hq::fuzz {

class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  bool is_empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::uint8_t Byte() {
    const std::string_view one = Take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }

  // Of up to eight bytes, the most significant first.
  std::uint64_t Number() {
    std::uint64_t number = 0;
    for (const char c : Take(8)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }

  // From 0 to `most`.
  std::uint64_t Below(std::uint64_t most) { return Byte() % (most + 1); }

  // A text whose length is its first byte.
  std::string Text() { return std::string(Take(Byte())); }

  // Up to the next line feed, without it.
  std::string_view Line() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = Take(end);
    Take(1);
    return line;
  }

 private:
  std::string_view Take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

}  // namespace hq::fuzz
