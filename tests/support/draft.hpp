// The record that an event of a request becomes, as a value.
#pragma once

#include <string>

#include "services/ledger/core/hash_chain.hpp"

namespace hq::testing {

// But for what ledger::Extend fills in.
inline ledger::v1::Record DraftOf(const ledger::v1::AppendRequest& request,
                                  const ledger::v1::StreamAppend& append,
                                  const ledger::v1::NewEvent& event, Version version,
                                  const std::string& producer) {
  ledger::v1::Record draft;
  ledger::DraftInto(draft, request, append, event, version, producer);
  return draft;
}

}  // namespace hq::testing
