// usage and deliveries: what billing and notify know.
#include "cli/commands.hpp"

namespace hq::cli {

Status ShowUsage(const Context& context) {
  billing::v1::GetUsageRequest request;
  request.set_branch(context.invocation.branch);
  request.set_month(context.invocation.month);
  request.set_min_position(context.invocation.min_position);
  billing::v1::GetUsageResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.billing(),
                          &billing::v1::BillingService::Stub::GetUsage, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  Table table({"CELL", "MONTH", "TOKENS", "LIMIT", "COST", "ENTRIES", "UNPRICED", "MISMATCHED"});
  for (const auto& usage : response.usage()) {
    const std::string limit =
        usage.monthly_token_limit() == 0 ? "-" : std::to_string(usage.monthly_token_limit());
    table.Add({usage.branch(), usage.month(), std::to_string(usage.tokens()), limit,
               usage.cost() + " " + usage.currency(), std::to_string(usage.entries()),
               std::to_string(usage.unpriced_entries()),
               std::to_string(usage.mismatched_claims())});
  }
  context.output.Data(table);
  context.output.Note("as of ledger position " + std::to_string(response.position()));
  return absl::OkStatus();
}

Status ListDeliveries(const Context& context) {
  notify::v1::ListDeliveriesRequest request;
  request.set_branch(context.invocation.branch);
  request.set_txn_id(context.invocation.txn);
  request.set_limit(static_cast<std::uint32_t>(context.invocation.limit));
  request.set_min_position(context.invocation.min_position);
  notify::v1::ListDeliveriesResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.notify(),
                          &notify::v1::NotifyService::Stub::ListDeliveries, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  Table table({"TXN", "EVENT", "CELL", "TARGET", "STATE", "ATTEMPTS", "ERROR"});
  for (const auto& delivery : response.deliveries()) {
    std::string state = notify::v1::DeliveryState_Name(delivery.state());
    state = state.substr(std::string("DELIVERY_STATE_").size());
    for (char& c : state) c = static_cast<char>(std::tolower(c));
    table.Add({delivery.txn_id(), delivery.event(), delivery.branch(), delivery.target(), state,
               std::to_string(delivery.attempts()), delivery.error()});
  }
  context.output.Data(table);
  return absl::OkStatus();
}

}  // namespace hq::cli
