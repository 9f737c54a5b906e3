#include "services/ledger/adapters/backup/backup_policy_file.hpp"

#include "common/config/strict_json.hpp"
#include "services/ledger/core/archive_layout.hpp"

namespace hq::ledger {
namespace {

std::string BucketOf(std::string_view target) {
  for (const std::string_view scheme : {"r2://", "s3://"})
    if (target.starts_with(scheme)) return std::string(target.substr(scheme.size()));
  return "";
}

}  // namespace

Result<BackupPolicy> BackupPolicy::Parse(std::string_view file, std::string_view text) {
  constexpr std::int64_t kDaySeconds = 86'400;
  constexpr std::int64_t kMebibytesMax = 64;
  HQ_ASSIGN_OR_RETURN(const config::Value document, config::ParseStrict(file, text));
  config::ObjectReader whole(file, "$", document);
  whole.Ignore("registry");
  whole.Ignore("workers");
  const config::Value* ledger = whole.Object("ledger", /*is_required=*/true);
  HQ_RETURN_IF_ERROR(whole.Done());
  config::ObjectReader reader(file, "$.ledger", *ledger);
  BackupPolicy policy;
  policy.is_daily = reader.Bool("daily", policy.is_daily);
  policy.target = reader.String("target", "");
  policy.segment_interval =
      std::chrono::seconds(reader.Integer("segmentIntervalSeconds", 1, kDaySeconds, 60));
  policy.segment_bytes =
      static_cast<std::size_t>(reader.Integer("segmentMebibytes", 1, kMebibytesMax, kMebibytesMax))
      << 20;
  const std::string bucket = BucketOf(policy.target);
  if (!policy.target.empty() && (!IsArchiveName(bucket) || bucket.find('/') != std::string::npos))
    reader.Fault("target", "write r2://bucket or s3://bucket");
  HQ_RETURN_IF_ERROR(reader.Done());
  return policy;
}

Status BackupPolicy::CheckBucket(std::string_view bucket) const {
  if (target.empty() || bucket.empty() || BucketOf(target) == bucket) return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument,
                 "backup-policy.json says " + target + ", and HQ_ARCHIVE is another bucket",
                 "INVALID_SETTING", "Make both name the same bucket.");
}

}  // namespace hq::ledger
