#include "common/grpc/places.hpp"

namespace hq::rpc {
namespace {

Status TooManyStreams(std::string_view text) {
  return Refusal(absl::StatusCode::kResourceExhausted, text, "TOO_MANY_STREAMS",
                 "End a stream that is not needed any more, or try again when one has ended.");
}

}  // namespace

Result<std::unique_ptr<Places::Place>> Places::Enter(const std::string& principal) {
  std::lock_guard lock(mutex_);
  if (taken_ >= places_max_) return TooManyStreams("as many streams as may be are open");
  std::size_t& own = taken_by_principal_[principal];
  if (own >= (places_max_ + 1) / 2)
    return TooManyStreams("as many streams as one caller may have are open");
  ++own;
  ++taken_;
  return std::make_unique<Place>(*this, principal);
}

void Places::Leave(const std::string& principal) {
  std::lock_guard lock(mutex_);
  --taken_;
  const auto own = taken_by_principal_.find(principal);
  if (--own->second == 0) taken_by_principal_.erase(own);
}

std::size_t Places::taken() const {
  std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace hq::rpc
