// Lines of one document that become one append. Where a batch ends depends on the document alone,
// so that whoever repeats an import makes the same commands.
#pragma once

#include <cstdint>
#include <string>

#include "hq/ledger/v1/ledger_service.pb.h"

namespace hq::ledger {

// Persisted: never changed. Another cut of a document that is half there would be refused.
inline constexpr std::size_t kBatchEntriesMax = 500;
inline constexpr std::size_t kBatchBytesMax = 1024 * 1024;

// Not thread-safe.
class EntryBatch {
 public:
  // `sha256` of the whole document, raw; `admin` is the HQ admin who imports it.
  EntryBatch(const std::string& sha256, std::string admin);

  bool is_empty() const { return entries_ == 0; }
  std::size_t bytes() const { return bytes_; }

  // Whether the entry may join. A record's place in the ledger follows the order of the document:
  // an append goes stream by stream, so the entries of a cell must stand together in it.
  bool Takes(const v1::NewEvent& entry) const;

  void Add(std::uint64_t line, v1::NewEvent entry);

  // The append of all that was added, which is at least one entry; then the batch is empty again.
  // command_id = "import-{sha256, hex}-{first line}"; its digest is that of the lines' range, so
  // that it says nothing of how an entry is mapped.
  v1::AppendRequest Take();

 private:
  const std::string import_;  // "import-{sha256, hex}".
  const std::string admin_;
  v1::AppendRequest request_;
  std::uint64_t first_line_ = 0;
  std::uint64_t last_line_ = 0;
  std::size_t entries_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace hq::ledger
