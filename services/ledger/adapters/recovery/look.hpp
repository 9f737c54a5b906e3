// The first rung of the recovery ladder: what the store, the signed heads and the sources say, each
// held against the others. Changes nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "services/ledger/adapters/recovery/record_source.hpp"
#include "services/ledger/adapters/recovery/recovery_settings.hpp"
#include "services/ledger/adapters/recovery/vouched_files.hpp"
#include "services/ledger/core/recovery_plan.hpp"

namespace hq::ledger {

// What was looked at, open, for whoever acts on it.
struct Look {
  Findings findings;
  std::string log_id;              // Empty if nothing says it.
  std::uint64_t epoch = 0;         // The life that is looked at; 0 if nothing says it.
  std::vector<VerifierKey> keys;   // Of the log.
  std::vector<std::string> forks;  // The statements of this life and those before it, signed notes.
  std::unique_ptr<StoredLog> store;           // What can be read of it; null if nothing.
  HistoryWalk walk;                           // To the end of the store, if it is sound.
  std::unique_ptr<Archive> archive;           // Null if there is none.
  std::unique_ptr<StoredLog> image;           // The archive's newest, once it was fetched.
  std::unique_ptr<StoreSource> image_source;  // Null until then.
  std::unique_ptr<StoreSource> store_source;  // Null if it has no record that can be read.
  std::unique_ptr<ArchiveSource> segments;    // Null if the archive has none of this life.
  std::unique_ptr<NewsSource> news;           // Null if nothing was announced, or nobody asked.
};

// `scratch` is where copies are made if they are needed; the caller removes it when it has done
// with the look. Codes as Recover.
Result<Look> LookAround(const RecoverySettings& settings, const std::string& scratch, Clock& clock);

// Fetches the newest image that is whole into `scratch`, for where the segments do not suffice.
// kNotFound if there is none; the archive's codes.
Status FetchNewestImage(const std::string& scratch, Look& look);

}  // namespace hq::ledger
