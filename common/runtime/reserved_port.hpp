// A TCP port of the loopback for a program that this process starts: chosen free, below the range
// from which the kernel gives out its own, and nobody else's who reserves ports in this way for as
// long as this lives, also while the program that has it is down.
#pragma once

#include <optional>
#include <utility>

#include "common/base/result.hpp"

namespace hq::runtime {

// Moved, not copied: what was moved from holds nothing. One thread's, but Any and Of
// are called from any.
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
    ReservedPort taken(std::move(other));
    std::swap(number_, taken.number_);
    std::swap(holder_, taken.holder_);
    return *this;
  }

  int number() const { return number_; }

 private:
  ReservedPort(int number, int holder) : number_(number), holder_(holder) {}

  int number_;
  int holder_;  // A socket that only holds the number; -1 if it was moved away.
};

}  // namespace hq::runtime
