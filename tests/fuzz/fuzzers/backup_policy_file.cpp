// backup-policy.json: sizes and intervals within bounds, targets that are buckets.
#include "services/ledger/adapters/backup/backup_policy_file.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool BackupPolicyFile(std::string_view bytes) {
  using namespace std::chrono_literals;
  const std::string file = "recovery/backup-policy.json";
  const auto parsed = ledger::BackupPolicy::Parse(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  HQ_CHECK(parsed->segment_interval >= 1s && parsed->segment_interval <= 24h,
           "an interval lies within a day");
  HQ_CHECK(parsed->segment_bytes >= 1U << 20 && parsed->segment_bytes <= 64U << 20,
           "a segment has 1 to 64 MiB");
  HQ_CHECK(parsed->CheckBucket("").ok(), "what is no bucket stands in for any");
  if (!parsed->target.empty())
    HQ_CHECK(!parsed->CheckBucket("another bucket").ok(), "another bucket is refused");
  return true;
}

}  // namespace hq::fuzz
