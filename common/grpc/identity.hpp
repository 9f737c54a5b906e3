// Who calls. A caller is known by a bearer token of which the server has only the SHA-256.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::rpc {

inline constexpr std::string_view kServiceRole = "service";

struct Caller {
  std::string principal;  // e.g. "ann", "sync", "llm-koosy".
  std::string
      role;  // hq_admin, branch_owner, llm, worker, service, auditor, accountant, on_call, ci.
  std::set<std::string> cells;  // The cells the caller is bound to; empty means the whole fleet.

  bool IsBound() const { return !cells.empty(); }
  bool MaySee(std::string_view cell) const {
    return !IsBound() || cells.contains(std::string(cell));
  }
};

// The principals of one file. Immutable, so safe from any thread.
class Principals {
 public:
  // {"principals":[{"principal":"ann","role":"hq_admin","cells":[],"token_sha256":"<64 hex
  // digits>"}]}. Roles branch_owner, llm and worker must name their cells ("*" among them means the
  // whole fleet, for llm and worker only). kInvalidArgument naming the file and the path of the
  // fault; kNotFound.
  static Result<Principals> Load(const std::string& path);
  static Result<Principals> Parse(const std::string& path, std::string_view json);

  // The caller with that token.
  std::optional<Caller> Find(std::string_view token) const;

  // How many principals have that role; one with two tokens is one.
  std::size_t CountRole(std::string_view role) const;

 private:
  std::map<std::string, Caller> by_token_sha256_;
};

}  // namespace hq::rpc
