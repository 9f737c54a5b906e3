#include "services/ledger/adapters/archive/archive_settings.hpp"

#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/archive/s3_archive.hpp"
#include "services/ledger/core/archive_layout.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kDirectory = "dir:";
constexpr std::string_view kS3 = "s3:";

}  // namespace

ArchiveSettings ArchiveSettings::FromEnvironment(runtime::Env& env) {
  ArchiveSettings settings;
  settings.where = env.Optional("HQ_ARCHIVE", "");
  if (!settings.where.starts_with(kS3)) return settings;
  settings.region = env.Optional("HQ_ARCHIVE_REGION", "auto");
  settings.access_key = env.RequiredFile("HQ_ARCHIVE_ACCESS_KEY_FILE");
  settings.secret_key = env.RequiredFile("HQ_ARCHIVE_SECRET_KEY_FILE");
  return settings;
}

std::string ArchiveSettings::Bucket() const {
  return where.starts_with(kS3) ? where.substr(where.rfind('/') + 1) : std::string();
}

Result<std::unique_ptr<Archive>> ArchiveSettings::Open(Clock& clock) const {
  if (where.starts_with(kDirectory) && where.substr(kDirectory.size()).starts_with("/"))
    return std::make_unique<DirectoryArchive>(where.substr(kDirectory.size()));
  const std::string url = where.starts_with(kS3) ? where.substr(kS3.size()) : "";
  const std::size_t host = url.starts_with("https://")  ? std::string_view("https://").size()
                           : url.starts_with("http://") ? std::string_view("http://").size()
                                                        : 0;
  const std::size_t slash = url.find('/', host);
  const bool is_url =
      host != 0 && slash != std::string::npos && slash > host && url.find('@') == std::string::npos;
  const std::string bucket = is_url ? url.substr(slash + 1) : "";
  if (!IsArchiveName(bucket) || bucket.find('/') != std::string::npos)
    return Refusal(absl::StatusCode::kInvalidArgument, "HQ_ARCHIVE names no archive",
                   "INVALID_SETTING", "Write dir:/absolute/path or s3:https://endpoint/bucket.");
  S3Settings s3;
  s3.endpoint = url.substr(0, slash);
  s3.bucket = bucket;
  s3.region = region;
  s3.access_key = access_key;
  s3.secret_key = secret_key;
  return std::make_unique<S3Archive>(std::move(s3), clock);
}

}  // namespace hq::ledger
