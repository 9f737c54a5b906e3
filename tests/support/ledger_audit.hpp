// What a client can find out about a ledger without believing it: reads the whole log over gRPC and
// holds it against what was acknowledged, against its own hashes, and against the signed tree.
#pragma once

#include <string>
#include <vector>

#include "common/events/event_log.hpp"
#include "common/transparency/proof.hpp"

namespace hq::testing {

// What a client was told about a command of one event.
struct Acknowledged {
  std::string command_id;
  Position position = 0;
  std::string id;
  std::string hash;  // Of the record as it was read back then; empty if that did not succeed.
};

// Appends, under the request's command_id or else one of its own, and adds every record that was
// acknowledged; a command that was taken before has been added before. The append's codes.
Status AppendTold(EventLog& log, ledger::v1::AppendRequest request,
                  std::vector<Acknowledged>& acknowledged);

// A record of a client that writes a chain: its status is the hash of the record before it in the
// same stream, in hexadecimal (of ZeroHash() for the first).
inline constexpr const char* kLinkEvent = "link_added";

// How many records there are, if all of this holds; kDataLoss with the first thing that does not:
//   positions without gaps, every previous_hash, every stream's versions without gaps;
//   every command's records side by side, and a link's command once;
//   every link names the record before it in its stream;
//   every acknowledged command where it was said to be, as it was then;
//   the root that the ledger signs is the root of these records.
// kUnavailable and other codes of the calls if the ledger does not answer. `token` may read all.
Result<Position> AuditLedger(const std::string& address, const std::string& token,
                             const std::vector<Acknowledged>& acknowledged);

// The same of a ledger that serves no proofs, against the head of its tree.
Result<Position> AuditLog(EventLog& log, const ledger::TreeHead& head,
                          const std::vector<Acknowledged>& acknowledged);

}  // namespace hq::testing
