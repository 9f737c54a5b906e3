#include "services/ledger/adapters/error_recorder.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "common/runtime/log.hpp"

namespace hq::ledger {

const rpc::Caller& Itself() {
  static const auto* caller = new rpc::Caller{"ledger", std::string(rpc::kServiceRole), {}};
  return *caller;
}

bool ErrorRecorder::Record(const v1::LedgerError& error, const std::string& command_id) {
  v1::LedgerEvent event;
  *event.mutable_ledger_error() = error;
  v1::AppendRequest request;
  request.set_command_id(command_id);
  auto* append = request.add_appends();
  append->set_stream("ledger");
  auto* added = append->add_events();
  added->set_branch(std::string(kHqBranch));
  added->set_event(EventNameOf(event));
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(event);
  const auto appended = log_.As(Itself())->Append(std::move(request));
  if (!appended.ok())
    log::Error("ledger_error_not_recorded",
               {{"reason", error.reason()}, {"error", appended.status().ToString()}});
  return appended.ok();
}

}  // namespace hq::ledger
