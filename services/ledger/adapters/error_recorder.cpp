#include "services/ledger/adapters/error_recorder.hpp"

#include "common/base/ids.hpp"
#include "common/runtime/log.hpp"
#include "services/ledger/core/own_event.hpp"

namespace hq::ledger {

const rpc::Caller& Itself() {
  static const auto* caller = new rpc::Caller{"ledger", std::string(rpc::kServiceRole), {}};
  return *caller;
}

bool ErrorRecorder::Record(const v1::LedgerError& error, const std::string& command_id) {
  if (!gate_().ok()) return false;  // Why is in the process log already, from who closed it.
  v1::LedgerEvent event;
  *event.mutable_ledger_error() = error;
  const auto appended = log_.As(Itself())->Append(AppendOf(event, command_id));
  if (!appended.ok())
    log::Error("ledger_error_not_recorded",
               {{"reason", error.reason()}, {"error", appended.status().ToString()}});
  return appended.ok();
}

std::function<bool(const v1::LedgerError& error)> ErrorRecorder::For(std::string what) {
  return [this, what = std::move(what)](const v1::LedgerError& error) {
    return Record(error, what + "-" + NewId());
  };
}

}  // namespace hq::ledger
