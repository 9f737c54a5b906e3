#include "services/billing/api/billing_api.hpp"

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/text.hpp"
#include "common/config/strict_json.hpp"
#include "services/billing/adapters/cost_policy_file.hpp"
#include "services/billing/core/price_book.hpp"

namespace hq::billing {
namespace {

Status CheckPath(const std::string& path) {
  constexpr std::size_t kPathBytesMax = 500;
  constexpr std::size_t kShownBytesMax = 80;
  const bool is_ours = path.substr(path.rfind('/') + 1) == "cost-policy.json";
  if (is_ours && path.size() <= kPathBytesMax) return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument,
                 "path: \"" + ValidUtf8(path, kShownBytesMax) + "\" is not billing's",
                 "UNKNOWN_FILE", "Billing takes cost-policy.json.");
}

Status CheckUsageRequest(const v1::GetUsageRequest& request) {
  const bool is_branch_fine = request.branch().empty() || IsCellId(request.branch());
  const bool is_month_fine = request.month().empty() || IsMonth(request.month());
  if (is_branch_fine && is_month_fine) return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument,
                 is_branch_fine ? "month: must be YYYY-MM" : "branch: not a cell's id",
                 "MALFORMED_REQUEST", "Name a cell as the registry does, a month as 2026-01.");
}

}  // namespace

grpc::Status BillingApi::ApplyFile(grpc::ServerContext* context,
                                   const v1::ApplyFileRequest* request,
                                   v1::ApplyFileResponse* response) {
  return door_.Answer(*context, *request,
                      [&](const rpc::Call& call) { return Apply(*request, call.meta, *response); });
}

grpc::Status BillingApi::GetUsage(grpc::ServerContext* context, const v1::GetUsageRequest* request,
                                  v1::GetUsageResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return Show(call.caller, *request, *response);
  });
}

Status BillingApi::Apply(const v1::ApplyFileRequest& request, const CommandMeta& meta,
                         v1::ApplyFileResponse& response) const {
  HQ_RETURN_IF_ERROR(CheckPath(request.path()));
  HQ_ASSIGN_OR_RETURN(const auto book, ParseCostPolicy(request.path(), request.content()));
  // The cells' tiers come from the view, which must know every cell that there is.
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  HQ_RETURN_IF_ERROR(runner_.WaitFor(head.head().position()));
  std::vector<std::string> changes;
  const auto work = [&](Session& session) -> Status {
    changes.clear();
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<PriceBook>(""));
    const auto events = PriceBook::Decide(state, book, session.meta());
    if (!events.ok()) return Annotate(events.status(), request.path() + ": $");
    for (const auto& event : *events) {
      const auto missing = views_.usage.TiersWithoutPrice(event.price_book_applied());
      if (!missing.empty())
        return config::FileFault(
            request.path(), "$.tiers",
            "must price " + *missing.begin() + ": there are cells of that tier");
      for (auto& line : PriceBook::Describe(state, event)) changes.push_back(std::move(line));
    }
    session.Stage<PriceBook>("", *events);
    return absl::OkStatus();
  };
  if (request.dry_run()) {
    Session session(log_, meta);
    HQ_RETURN_IF_ERROR(work(session));
  } else {
    HQ_ASSIGN_OR_RETURN(const auto appended, Transact(log_, meta, work));
    response.set_position(appended.receipt().last_position());
  }
  for (auto& change : changes) *response.add_changes() = std::move(change);
  return absl::OkStatus();
}

Status BillingApi::Show(const rpc::Caller& caller, const v1::GetUsageRequest& request,
                        v1::GetUsageResponse& response) const {
  HQ_RETURN_IF_ERROR(CheckUsageRequest(request));
  if (request.min_position() > 0) HQ_RETURN_IF_ERROR(runner_.WaitFor(request.min_position()));
  auto all = views_.usage.All();
  response.set_position(all.position());
  for (auto& usage : *all.mutable_usage()) {
    const bool is_asked_for = (request.branch().empty() || request.branch() == usage.branch()) &&
                              (request.month().empty() || request.month() == usage.month());
    if (is_asked_for && caller.MaySee(usage.branch())) *response.add_usage() = std::move(usage);
  }
  return absl::OkStatus();
}

}  // namespace hq::billing
