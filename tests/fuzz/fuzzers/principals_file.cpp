// The file of principals: who must be bound to cells is.
#include "common/base/check.hpp"
#include "common/grpc/identity.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool PrincipalsFile(std::string_view bytes) {
  const std::string file = "principals.json";
  const auto parsed = rpc::Principals::Parse(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  // The seeds name the digest of this one.
  if (const auto caller = parsed->Find("token-of-owner-koosy")) {
    HQ_CHECK(!caller->principal.empty() && !caller->role.empty(), "a caller is somebody");
    HQ_CHECK(caller->role != "branch_owner" || caller->IsBound(), "an owner is bound to cells");
  }
  return true;
}

}  // namespace hq::fuzz
