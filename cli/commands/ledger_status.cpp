// ledger status: how the ledger stands, for those who run it.
#include "cli/commands.hpp"
#include "cli/status_rows.hpp"

namespace hq::cli {

Status LedgerStatus(const Context& context) {
  ledger::v1::GetStatusResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.operations(),
                          &ledger::v1::OperationsService::Stub::GetStatus,
                          ledger::v1::GetStatusRequest(), response));
  if (context.output.is_json()) return context.output.Json(response.status());
  Table table({"PART", "STATE"});
  for (auto& row : RowsOf(response.status())) table.Add(std::move(row));
  context.output.Data(table);
  return absl::OkStatus();
}

}  // namespace hq::cli
