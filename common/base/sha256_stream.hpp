// SHA-256 of content that comes in parts and is never held as a whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hq {

// Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Add(std::string_view bytes);

  // 32 raw bytes: the digest of all that was added. Once.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hq
