// apply: every file that has an owner who can be asked is checked by it before any is applied.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/franchise_files.hpp"
#include "common/base/ids.hpp"

namespace hq::cli {
namespace {

struct Applied {
  std::vector<std::string> changes;
  std::uint64_t position = 0;
};

// All four owners that files are applied to have the same shape of call, with types of their own.
template <class Request, class Response, class Stub>
Result<Applied> ApplyWith(const Context& context, Stub& stub, const FranchiseFile& file,
                          bool is_dry_run) {
  Request request;
  request.set_path(file.path);
  request.set_content(file.content);
  request.set_dry_run(is_dry_run);
  // A command of its own for each file; the same id again repeats the same command.
  const std::string command_id =
      is_dry_run ? "" : KeyOf({context.invocation.command_id, file.path}).substr(0, 32);
  Response response;
  HQ_RETURN_IF_ERROR(Call(context, stub, &Stub::ApplyFile, request, response, command_id));
  return Applied{{response.changes().begin(), response.changes().end()}, response.position()};
}

Result<Applied> ApplyOne(const Context& context, const FranchiseFile& file, bool is_dry_run) {
  const Services& services = context.services;
  switch (file.owner) {
    case Owner::kDecision:
      return ApplyWith<decision::v1::ApplyFileRequest, decision::v1::ApplyFileResponse>(
          context, services.decision(), file, is_dry_run);
    case Owner::kSync:
      return ApplyWith<sync::v1::ApplyFileRequest, sync::v1::ApplyFileResponse>(
          context, services.sync(), file, is_dry_run);
    case Owner::kBilling:
      return ApplyWith<billing::v1::ApplyFileRequest, billing::v1::ApplyFileResponse>(
          context, services.billing(), file, is_dry_run);
    case Owner::kNotify:
      return ApplyWith<notify::v1::ApplyFileRequest, notify::v1::ApplyFileResponse>(
          context, services.notify(), file, is_dry_run);
    case Owner::kLedger:  // Checked by nobody before the ledger starts, and it does not on a bad
                          // one.
    case Owner::kNobodyYet:
      break;
  }
  return Applied{};
}

// Asks every owner, also after a fault, so that one run shows all of them. The first fault decides.
Status CheckAll(const Context& context, const std::vector<FranchiseFile>& files) {
  Status first;
  for (const auto& file : files) {
    const auto checked = ApplyOne(context, file, true);
    if (checked.ok()) continue;
    const bool is_named = checked.status().message().find(absl::string_view(
                              file.path.data(), file.path.size())) != absl::string_view::npos;
    const Status fault = is_named ? checked.status() : Annotate(checked.status(), file.path);
    if (!first.ok()) context.output.Error(fault);
    if (first.ok()) first = fault;
  }
  return first.ok() ? first : Annotate(first, "nothing was applied");
}

// Whether anybody has looked at the content of such a file.
bool IsChecked(Owner owner) { return owner != Owner::kNobodyYet && owner != Owner::kLedger; }

std::string JsonLineOf(const FranchiseFile& file, const Applied& applied) {
  nlohmann::json line = {{"path", file.path},
                         {"owner", NameOf(file.owner)},
                         {"changes", applied.changes},
                         {"position", std::to_string(applied.position)},
                         {"used", file.owner != Owner::kNobodyYet},
                         {"checked", IsChecked(file.owner)}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Report(const Output& output, const FranchiseFile& file, const Applied& applied) {
  if (output.is_json()) return output.Data(JsonLineOf(file, applied));
  const std::string what = file.owner == Owner::kNobodyYet ? "not used yet"
                           : file.owner == Owner::kLedger
                               ? "not checked; the ledger reads it when it starts"
                           : applied.changes.empty() ? "unchanged"
                                                     : NameOf(file.owner);
  output.Data(file.path + "  (" + what + ")");
  for (const auto& change : applied.changes) output.Data("  " + Printable(change));
}

}  // namespace

Status Apply(const Context& context) {
  HQ_ASSIGN_OR_RETURN(const auto files, ReadFranchise(context.invocation.directory));
  HQ_RETURN_IF_ERROR(CheckAll(context, files));
  const bool is_dry_run = context.invocation.is_dry_run;
  for (const auto& file : files) {
    const auto applied = ApplyOne(context, file, is_dry_run);
    if (!applied.ok())
      return Annotate(applied.status(), file.path +
                                            " was not applied, nor were the files after it; those "
                                            "before it were, and applying again is safe");
    Report(context.output, file, *applied);
  }
  if (is_dry_run) context.output.Note("a dry run: nothing was changed");
  return absl::OkStatus();
}

}  // namespace hq::cli
