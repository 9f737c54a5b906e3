// The ledger's ports: where backups go, and what they are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

// A place for files that are never changed: a directory, a bucket. Names are those of
// core/archive_layout. Thread-safe. All may return kUnavailable (try again later, reason
// ARCHIVE_UNAVAILABLE), kPermissionDenied and kUnauthenticated (it does not let us in).
class Archive {
 public:
  virtual ~Archive() = default;

  // Whole and durable when it returns, or not there at all. The same content under the same name
  // again is OK. kAlreadyExists, reason ARCHIVE_DIVERGED, if the name has another content, which is
  // kept; kInvalidArgument for what is no archive's name.
  virtual Status Put(const std::string& name, std::string_view bytes) = 0;

  // kNotFound if there is none of that name; kInvalidArgument; kResourceExhausted above 512 MiB.
  virtual Result<std::string> Get(const std::string& name) const = 0;

  // All names that begin with `prefix`, sorted. What is being written is not among them.
  virtual Result<std::vector<std::string>> List(const std::string& prefix) const = 0;

  // Where it is, for people and the ledger; never with a secret.
  virtual std::string target() const = 0;
};

// What a backup takes of the ledger; only what is durable. Thread-safe.
class BackupSource {
 public:
  virtual ~BackupSource() = default;

  virtual ledger::v1::Cursor Head() const = 0;

  // Records from `after` + 1 on, up to `until`; as many whole ones as fit into `bytes_max`, but
  // one at least.
  virtual Frames ReadFrames(Position after, Position until, std::size_t bytes_max) const = 0;

  // The root of the tree of the first `size` records. kInvalidArgument beyond the durable tree.
  virtual Result<std::string> RootAt(std::uint64_t size) const = 0;

  // The newest signed checkpoint, a C2SP note; empty if there is none.
  virtual std::string Checkpoint() const = 0;

  // The statements of all forks that the ledger knows of, C2SP notes, the oldest first.
  virtual std::vector<std::string> ForkNotes() const = 0;

  // kNotFound if it was never stored; kDataLoss, reason BLOB_DAMAGED, if it rotted.
  virtual Result<std::string> GetBlob(std::string_view sha256) const = 0;

  // Makes a directory with the ledger's files as they are now, on the same file system, which the
  // caller removes. It must not exist yet. kUnavailable.
  virtual Status MakeImage(const std::string& directory) = 0;
};

}  // namespace hq::ledger
