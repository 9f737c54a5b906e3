// Who makes a request: HQ, or the cells' owner. Known from the token alone.
#pragma once

#include <string>

namespace hq::forge {

struct Principal {
  std::string login;
  bool is_owner = false;
};

}  // namespace hq::forge
