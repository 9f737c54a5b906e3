// One append of plain entries of one cell, for tests that only count them.
#pragma once

#include "hq/ledger/v1/ledger_service.pb.h"

namespace hq::testing {

inline ledger::v1::AppendRequest Entries(int count) {
  ledger::v1::AppendRequest request;
  request.add_appends()->set_stream("entry-koosy");
  for (int i = 0; i < count; ++i) {
    auto* event = request.mutable_appends(0)->add_events();
    event->set_branch("koosy");
    event->set_event("page_seen");
  }
  return request;
}

}  // namespace hq::testing
