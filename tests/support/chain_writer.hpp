// A client of the ledger that writes a chain: each event names the hash of the last one that it was
// told of, and whatever has an unknown outcome is repeated under the same command id until it is
// known. It keeps what it was told; nothing of that is ever on the ledger's own disk.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/ledger_audit.hpp"

namespace hq::testing {

class ChainWriter {
 public:
  // Writes from now on, on a thread of its own, to a stream of its own, as an HQ admin with that
  // token. Writers of one ledger have different names: lower-case letters and digits.
  ChainWriter(std::string address, std::string token, std::string name);
  ~ChainWriter() { Stop(); }

  ChainWriter(const ChainWriter&) = delete;
  ChainWriter& operator=(const ChainWriter&) = delete;

  // Ends after the call that is under way, which takes ten seconds at most if nobody answers.
  // RequestStop does not wait for that.
  void RequestStop() { thread_.request_stop(); }
  void Stop();

  // What it was told so far.
  std::vector<Acknowledged> acknowledged() const;
  std::size_t count() const;

  // The first answer that a client must never get, however ill the ledger is; OK if there was none.
  Status fault() const;

 private:
  void Write(std::stop_token stop);
  bool AppendUntilKnown(EventLog& log, const ledger::v1::AppendRequest& request,
                        const std::stop_token& stop);
  bool ReadBack(EventLog& log, const std::stop_token& stop);
  void Blame(const std::string& what, const Status& status);

  const std::string address_;
  const std::string token_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::vector<Acknowledged> acknowledged_;
  Status fault_;
  std::jthread thread_;
};

}  // namespace hq::testing
