// Which blobs a record may name. An event names a blob by its SHA-256 in a field of bytes; so every
// such field of 32 bytes is a candidate, whatever the event.
#pragma once

#include <set>
#include <string>

#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {

// Adds the candidates in the record's data. Data of a type that this build does not know has none.
void AddBlobCandidates(const v1::Record& record, std::set<std::string>& sha256s);

}  // namespace hq::ledger
