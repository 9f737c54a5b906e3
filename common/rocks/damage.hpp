// What a damaged database is, how it is marked, and how it is got rid of: what it held is rebuilt
// from the ledger, so it is never mended.
#pragma once

#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <string>

namespace hq::rocks {

// Whether a status says that what is on the disk is not what was written there, which no other try
// will change. A disk that refuses is none.
bool IsDamage(const rocksdb::Status& status);

// Writes the mark that Inspect finds, durably.
rocksdb::Status MarkDamaged(rocksdb::Env& disk, const std::string& directory,
                            const std::string& why);
bool IsMarkedDamaged(rocksdb::Env& disk, const std::string& directory);

// A damage (see IsDamage) that lies in the directory and that RocksDB would not speak of. OK where
// there is nothing yet. Leaves everything as it is.
rocksdb::Status Inspect(const rocksdb::Options& options, const std::string& directory);

// Removes the database, and nothing else from the directory.
rocksdb::Status Destroy(const rocksdb::Options& options, const std::string& directory);

}  // namespace hq::rocks
