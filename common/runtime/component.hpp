// Something that runs until told to stop.
#pragma once

#include <stop_token>

namespace hq {

class Component {
 public:
  virtual ~Component() = default;

  // Called once, on a thread of its own. Returns soon after `stop` is requested.
  virtual void Run(std::stop_token stop) = 0;
};

}  // namespace hq
