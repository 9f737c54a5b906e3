#include "common/grpc/identity.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "common/base/ids.hpp"
#include "common/config/strict_json.hpp"

namespace hq::rpc {
namespace {

constexpr std::array<std::string_view, 9> kRoles{"hq_admin",   "branch_owner", "llm",
                                                 "worker",     "service",      "auditor",
                                                 "accountant", "on_call",      "ci"};
constexpr std::string_view kWholeFleet = "*";

bool MustNameCells(std::string_view role) {
  return role == "branch_owner" || role == "llm" || role == "worker" || role == "ci";
}

Status ReadCells(config::ObjectReader& entry, Caller& caller) {
  if (entry.Has("cells"))
    for (const std::string& cell : entry.Strings("cells")) caller.cells.insert(cell);
  if (MustNameCells(caller.role) && caller.cells.empty())
    entry.Fault("cells", "the role " + caller.role + " must name its cells");
  if (caller.cells.contains(std::string(kWholeFleet))) {
    if (caller.role == "branch_owner") entry.Fault("cells", "an owner is bound to cells by name");
    caller.cells.clear();
  }
  for (const std::string& cell : caller.cells)
    if (!IsCellId(cell)) entry.Fault("cells", "not a cell id: " + cell);
  return entry.Done();
}

}  // namespace

Result<Principals> Principals::Parse(const std::string& path, std::string_view json) {
  HQ_ASSIGN_OR_RETURN(const auto document, config::ParseStrict(path, json));
  config::ObjectReader root(path, "$", document);
  const config::Value* list = root.Array("principals", true);
  HQ_RETURN_IF_ERROR(root.Done());
  Principals principals;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    config::ObjectReader entry(path, "$.principals[" + std::to_string(i) + "]", list->items[i]);
    Caller caller;
    caller.principal = entry.String("principal");
    caller.role = entry.OneOf("role", {kRoles.begin(), kRoles.end()});
    const std::string digest = entry.String("token_sha256");
    const bool is_digest =
        digest.size() == 64 && digest.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_digest) entry.Fault("token_sha256", "must be 64 lower-case hexadecimal digits");
    HQ_RETURN_IF_ERROR(ReadCells(entry, caller));
    if (!principals.by_token_sha256_.emplace(digest, std::move(caller)).second)
      return config::FileFault(path, entry.PathOf("token_sha256"), "the token stands there twice");
  }
  return principals;
}

Result<Principals> Principals::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot read the principals file " + path);
  return Parse(path, std::string(std::istreambuf_iterator<char>(file), {}));
}

std::optional<Caller> Principals::Find(std::string_view token) const {
  const auto it = by_token_sha256_.find(Hex(Sha256(token)));
  return it == by_token_sha256_.end() ? std::nullopt : std::optional(it->second);
}

std::size_t Principals::CountRole(std::string_view role) const {
  std::set<std::string_view> principals;
  for (const auto& [token, caller] : by_token_sha256_)
    if (caller.role == role) principals.insert(caller.principal);
  return principals.size();
}

}  // namespace hq::rpc
