// A worker that appends plain entries without pause, whatever falls over meanwhile, and remembers
// what it was promised: the ids in the ledger's receipts.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/ledger_client/ledger_client.hpp"

namespace hq::demo {

class BusyWorker {
 public:
  // `address` is the ledger's. Every entry is about that cell.
  BusyWorker(const std::string& address, const std::string& token, std::string cell);

  // Ends the work; the ids of every entry that the ledger acknowledged.
  std::vector<std::string> Finish();

 private:
  void Work(std::stop_token stop);

  ledger::LedgerClient ledger_;
  std::string cell_;
  std::mutex mutex_;
  std::vector<std::string> acknowledged_;
  std::jthread thread_;  // Last: it ends before what it uses.
};

}  // namespace hq::demo
