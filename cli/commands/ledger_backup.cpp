// ledger backup: ships to the archive now.
#include "cli/commands.hpp"

namespace hq::cli {

Status LedgerBackup(const Context& context) {
  ledger::v1::BackUpRequest request;
  request.set_with_image(context.invocation.is_image_wanted);
  ledger::v1::BackUpResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.operations(),
                          &ledger::v1::OperationsService::Stub::BackUp, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("everything up to position " + std::to_string(response.position()) +
                      " is in " + Printable(response.target()));
  std::string what = std::to_string(response.segments()) + " segments, " +
                     std::to_string(response.stored_bytes()) + " bytes were shipped now";
  if (!response.image_day().empty()) what += ", with the image of " + response.image_day();
  context.output.Note(what);
  return absl::OkStatus();
}

}  // namespace hq::cli
