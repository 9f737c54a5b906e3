// The tokens that open the forge. They are compared in constant time and never printed.
#pragma once

#include <optional>
#include <string>

#include "deploy/local/forge/principal.hpp"

namespace hq::forge {

class Tokens {
 public:
  // `owner_token` may be empty: then nobody is the owner.
  Tokens(std::string hq_token, std::string owner_token)
      : hq_token_(std::move(hq_token)), owner_token_(std::move(owner_token)) {}

  // Reads an Authorization header: "Bearer T", "token T", or "Basic" with T as the password.
  std::optional<Principal> Identify(const std::string& authorization) const;

 private:
  std::string hq_token_;
  std::string owner_token_;
};

}  // namespace hq::forge
