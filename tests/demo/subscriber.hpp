// A plain NATS subscriber, as any outsider with a login could be: it keeps what it hears.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/nats/bus.hpp"
#include "hq/ledger/v1/record.pb.h"

namespace hq::demo {

class Subscriber {
 public:
  static Result<std::unique_ptr<Subscriber>> To(const std::string& subject,
                                                const nats::Login& login);

  // The records heard so far. Thread-safe.
  std::vector<ledger::v1::Record> Heard() const;

  // Whether one about that cell with that event was heard, with a plain subject of the same name.
  bool HasHeard(const std::string& branch, const std::string& event) const;

 private:
  Subscriber() = default;

  mutable std::mutex mutex_;
  std::vector<ledger::v1::Record> heard_;
  std::unique_ptr<nats::Bus> bus_;  // Last: it goes first, and with it the callback.
};

}  // namespace hq::demo
