#include "services/ledger/core/own_event.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"

namespace hq::ledger {

v1::AppendRequest AppendOf(const v1::LedgerEvent& event, std::string command_id) {
  v1::AppendRequest request;
  request.set_command_id(std::move(command_id));
  auto* append = request.add_appends();
  append->set_stream(std::string(kOwnStream));
  auto* added = append->add_events();
  added->set_branch(std::string(kHqBranch));
  added->set_event(EventNameOf(event));
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(event);
  return request;
}

}  // namespace hq::ledger
