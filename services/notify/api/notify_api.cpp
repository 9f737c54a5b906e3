#include "services/notify/api/notify_api.hpp"

#include "common/base/ids.hpp"
#include "common/events/session.hpp"
#include "services/notify/api/files.hpp"
#include "services/notify/core/route.hpp"

namespace hq::notify {
namespace {

constexpr std::uint32_t kDeliveriesDefault = 100;
constexpr std::uint32_t kDeliveriesMax = 1000;
constexpr std::size_t kPathBytesMax = 200;

// Decides over `wanted` in a session; a dry run stages nothing.
template <class Applied>
Status Replace(EventLog& log, const CommandMeta& meta, const Applied& wanted, bool is_dry_run,
               v1::ApplyFileResponse& response) {
  HQ_ASSIGN_OR_RETURN(const auto appended, Transact(log, meta, [&](Session& session) -> Status {
                        HQ_ASSIGN_OR_RETURN(const auto before, session.Load<Route>(""));
                        HQ_ASSIGN_OR_RETURN(const auto events, Route::Decide(before, wanted, meta));
                        Route::State after = before;
                        for (const auto& event : events)
                          after = Route::Fold(std::move(after), event);
                        response.clear_changes();
                        for (const auto& change : Route::Changes(before, after))
                          response.add_changes(change);
                        if (!is_dry_run) session.Stage<Route>("", events);
                        return absl::OkStatus();
                      }));
  response.set_position(appended.receipt().last_position());
  return absl::OkStatus();
}

std::string_view FileName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Status Apply(EventLog& log, CommandMeta meta, const v1::ApplyFileRequest& request,
             v1::ApplyFileResponse& response) {
  if (request.dry_run()) meta.command_id.clear();  // A dry run is no command: it leaves no receipt.
  const std::string& path = request.path();
  if (path.size() <= kPathBytesMax && FileName(path) == "channels.json") {
    HQ_ASSIGN_OR_RETURN(const auto wanted, ReadChannels(path, request.content()));
    return Replace(log, meta, wanted, request.dry_run(), response);
  }
  if (path.size() <= kPathBytesMax && FileName(path) == "rules.json") {
    HQ_ASSIGN_OR_RETURN(const auto wanted, ReadRules(path, request.content()));
    return Replace(log, meta, wanted, request.dry_run(), response);
  }
  return Refusal(absl::StatusCode::kInvalidArgument, "notify has no such file", "UNKNOWN_FILE",
                 "Notify owns notifications/channels.json and notifications/rules.json.");
}

}  // namespace

grpc::Status NotifyApi::ApplyFile(grpc::ServerContext* context, const v1::ApplyFileRequest* request,
                                  v1::ApplyFileResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return Apply(log_, call.meta, *request, *response);
  });
}

grpc::Status NotifyApi::ListDeliveries(grpc::ServerContext* context,
                                       const v1::ListDeliveriesRequest* request,
                                       v1::ListDeliveriesResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    if (!request->branch().empty() && !IsCellId(request->branch()))
      return Refusal(absl::StatusCode::kInvalidArgument, "branch: no cell id", "INVALID_FIELD",
                     "A cell's id takes 1 to 63 of a-z 0-9 -.");
    if (request->limit() > kDeliveriesMax)
      return Refusal(absl::StatusCode::kInvalidArgument, "limit: more than 1000", "INVALID_FIELD",
                     "Ask for 1 to 1000 deliveries.");
    if (request->min_position() > 0) HQ_RETURN_IF_ERROR(runner_.WaitFor(request->min_position()));
    response->set_position(runner_.position());
    const auto may_see = [&](const std::string& cell) { return call.caller.MaySee(cell); };
    const auto limit = request->limit() ? request->limit() : kDeliveriesDefault;
    for (auto& delivery : deliveries_.Newest(request->branch(), request->txn_id(), may_see, limit))
      *response->add_deliveries() = std::move(delivery);
    return absl::OkStatus();
  });
}

}  // namespace hq::notify
