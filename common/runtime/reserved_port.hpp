// A TCP port of the loopback for a program that this process starts: chosen free, below the range
// from which the kernel gives out its own, and nobody else's who reserves ports in this way for as
// long as this lives, also while the program that has it is down.
#pragma once

#include <optional>
#include <utility>

#include "common/base/result.hpp"

namespace hq::runtime {

// Moved, not copied. Not thread-safe.
class ReservedPort {
 public:
  // kUnavailable if none is free.
  static Result<ReservedPort> Any();

  // That one; nothing if somebody has it.
  static std::optional<ReservedPort> Of(int number);

  ~ReservedPort();
  ReservedPort(ReservedPort&& other) noexcept
      : number_(other.number_), holder_(std::exchange(other.holder_, -1)) {}
  ReservedPort& operator=(ReservedPort&& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(holder_, other.holder_);
    return *this;
  }

  int number() const { return number_; }

 private:
  ReservedPort(int number, int holder) : number_(number), holder_(holder) {}

  int number_;
  int holder_;  // A socket that only holds the number; -1 if it was moved away.
};

}  // namespace hq::runtime
