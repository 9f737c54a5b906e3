// Which archive, as the setting HQ_ARCHIVE says it: "dir:/path" or "s3:https://endpoint/bucket".
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/runtime/env.hpp"
#include "services/ledger/ports.hpp"

namespace hq::ledger {

struct ArchiveSettings {
  std::string where;       // HQ_ARCHIVE; empty: there is no archive.
  std::string region;      // HQ_ARCHIVE_REGION, for S3; "auto" is R2's.
  std::string access_key;  // The content of HQ_ARCHIVE_ACCESS_KEY_FILE, for S3.
  std::string secret_key;  // The content of HQ_ARCHIVE_SECRET_KEY_FILE, for S3. Never logged.

  // Faults are among those of `env`.
  static ArchiveSettings FromEnvironment(runtime::Env& env);

  // kInvalidArgument if `where` names no archive. Nothing is connected or made yet. `clock`
  // outlives the archive.
  Result<std::unique_ptr<Archive>> Open(Clock& clock) const;

  // The bucket of "s3:…"; empty for others.
  std::string Bucket() const;
};

}  // namespace hq::ledger
