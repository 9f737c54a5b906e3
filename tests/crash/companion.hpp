// Keeps the ledger busy with everything but appends: content, documents, backups. Remembers what
// was acknowledged, as a client does, and repeats what was not.
#pragma once

#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/base/result.hpp"

namespace hq::testing {

class Companion {
 public:
  // Works from now on, on a thread of its own, as an HQ admin with that token.
  Companion(std::string address, std::string token, std::uint64_t seed);
  ~Companion() { Stop(); }

  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;

  // Ends after the calls that are under way. The ledger must be up, or they take a while.
  void Stop();

  // After Stop, of a ledger that runs: kDataLoss if content that was acknowledged is not there, or
  // if a document that was acknowledged is not there once.
  Status Check() const;

 private:
  void Work(std::stop_token stop);
  void PutContent();
  void ImportDocument();
  void BackUp() const;

  const std::string address_;
  const std::string token_;
  std::mt19937_64 random_;  // Of the thread.
  std::string content_;     // What is to be put; empty once it is acknowledged. So with documents.
  std::string document_;
  std::vector<std::string> contents_put_;  // Their digests.
  std::vector<std::string> documents_imported_;
  std::jthread thread_;
};

}  // namespace hq::testing
