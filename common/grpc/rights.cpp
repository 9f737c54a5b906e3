#include "common/grpc/rights.hpp"

#include <array>
#include <map>

#include "hq/billing/v1/billing_service.pb.h"
#include "hq/decision/v1/decision_service.pb.h"
#include "hq/ledger/v1/document_service.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/operations_service.pb.h"
#include "hq/ledger/v1/proof_service.pb.h"
#include "hq/notify/v1/notify_service.pb.h"
#include "hq/sync/v1/sync_service.pb.h"

namespace hq::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

// One row a role; the columns are registry, ledger, sync, policy, billing, alerts. "rw", "r", "w"
// or "-".
struct Row {
  std::string_view role;
  std::array<std::string_view, 6> rights;
};
constexpr std::array<Row, 9> kMatrix{{
    // The whitepaper's four (section 6.1); billing and alerts are ours.
    {"hq_admin", {"rw", "rw", "rw", "rw", "rw", "rw"}},
    {"branch_owner", {"r", "r", "r", "-", "r", "r"}},
    {"llm", {"r", "w", "-", "-", "-", "-"}},
    {"worker", {"r", "w", "w", "-", "-", "-"}},
    // The others. A service's write authority on the ledger is narrowed further, by stream
    // category.
    {"service", {"rw", "rw", "r", "r", "r", "-"}},
    {"auditor", {"r", "r", "r", "r", "r", "r"}},
    {"accountant", {"r", "r", "-", "-", "r", "-"}},
    {"on_call", {"r", "r", "r", "r", "-", "rw"}},
    {"ci", {"r", "w", "-", "-", "-", "-"}},
}};

std::map<const Descriptor*, const MethodDescriptor*> MethodsByRequest() {
  std::map<const Descriptor*, const MethodDescriptor*> methods;
  for (const FileDescriptor* file : {ledger::v1::AppendRequest::descriptor()->file(),
                                     ledger::v1::ImportEntriesRequest::descriptor()->file(),
                                     ledger::v1::GetStatusRequest::descriptor()->file(),
                                     ledger::v1::CosignRequest::descriptor()->file(),
                                     decision::v1::AuthorizeRequest::descriptor()->file(),
                                     sync::v1::CreateReleaseRequest::descriptor()->file(),
                                     billing::v1::GetUsageRequest::descriptor()->file(),
                                     notify::v1::ListDeliveriesRequest::descriptor()->file()})
    for (int s = 0; s < file->service_count(); ++s)
      for (int m = 0; m < file->service(s)->method_count(); ++m)
        methods.emplace(file->service(s)->method(m)->input_type(), file->service(s)->method(m));
  return methods;
}

Status Denied(std::string_view reason, std::string_view next_step) {
  return Refusal(absl::StatusCode::kPermissionDenied, "not allowed", reason, next_step);
}

// The request's field `branch`; empty if it has none.
std::string BranchOf(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("branch");
  return field ? request.GetReflection()->GetString(request, field) : std::string();
}

}  // namespace

bool RoleMay(std::string_view role, options::v1::Resource resource, options::v1::Verb verb) {
  if (resource < options::v1::RESOURCE_REGISTRY || resource > options::v1::RESOURCE_ALERTS)
    return false;
  const char wanted = verb == options::v1::VERB_READ    ? 'r'
                      : verb == options::v1::VERB_WRITE ? 'w'
                                                        : '!';
  for (const Row& row : kMatrix)
    if (row.role == role)
      return row.rights[static_cast<std::size_t>(resource) - 1].find(wanted) !=
             std::string_view::npos;
  return false;
}

const MethodDescriptor* MethodOf(const Descriptor* request) {
  static const auto* methods =
      new std::map<const Descriptor*, const MethodDescriptor*>(MethodsByRequest());
  const auto it = methods->find(request);
  return it == methods->end() ? nullptr : it->second;
}

Status CheckRight(const Caller& caller, const google::protobuf::Message& request) {
  const MethodDescriptor* method = MethodOf(request.GetDescriptor());
  if (!method) return Denied("NO_SUCH_METHOD", "This call is in no service.");
  const options::v1::Right& right = method->options().GetExtension(options::v1::right);
  if (right.scope() == options::v1::SCOPE_UNSPECIFIED ||
      !RoleMay(caller.role, right.resource(), right.verb()))
    return Denied("ROLE_NOT_ALLOWED", "Ask an HQ admin for a token whose role may do this.");
  if (!caller.IsBound() || right.scope() == options::v1::SCOPE_FILTERED) return absl::OkStatus();
  if (right.scope() != options::v1::SCOPE_CELL)
    return Denied("FLEET_WIDE",
                  "This call is about the whole fleet; your token is bound to cells.");
  const std::string branch = BranchOf(request);
  if (branch.empty() || caller.cells.contains(branch)) return absl::OkStatus();
  return Denied("NOT_YOUR_CELL", "Name one of the cells that your token is bound to.");
}

}  // namespace hq::rpc
