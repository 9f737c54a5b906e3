#include "deploy/local/forge/git/owned.hpp"

namespace hq::forge::git {

Status ToStatus(int code, const std::string& what) {
  if (code >= 0) return absl::OkStatus();
  const git_error* last = git_error_last();
  const std::string message = what + ": " + (last && last->message ? last->message : "unknown");
  if (code == GIT_ENOTFOUND) return absl::NotFoundError(message);
  if (code == GIT_EMODIFIED || code == GIT_ELOCKED || code == GIT_EEXISTS)
    return absl::AbortedError(message);
  return absl::InternalError(message);
}

Result<git_oid> ToOid(const std::string& text) {
  git_oid oid;
  if (text.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, text.c_str()) != 0)
    return absl::InvalidArgumentError("not a commit id: " + text);
  return oid;
}

std::string ToText(const git_oid& oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof(text), &oid);
}

}  // namespace hq::forge::git
