// The places of streams that stay open: never more than there are, and half of them at the most by
// one caller, so that none keeps all others out.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "common/base/result.hpp"

namespace hq::rpc {

// Thread-safe.
class Places {
 public:
  // One stream's, given back when it is destroyed. The places outlive it.
  class Place {
   public:
    Place(Places& places, std::string principal)
        : places_(places), principal_(std::move(principal)) {}
    ~Place() { places_.Leave(principal_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Places& places_;
    const std::string principal_;
  };

  explicit Places(std::size_t places_max) : places_max_(places_max) {}

  // kResourceExhausted, reason TOO_MANY_STREAMS; those who have a place do not notice.
  Result<std::unique_ptr<Place>> Enter(const std::string& principal);

  std::size_t taken() const;

 private:
  void Leave(const std::string& principal);

  const std::size_t places_max_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> taken_by_principal_;
};

}  // namespace hq::rpc
