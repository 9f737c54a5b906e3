// The versions of streams as the committer sees them, what it has staged included. A cache over the
// index on disk; belongs to the committer's thread.
#pragma once

#include <string>
#include <unordered_map>

#include "services/ledger/adapters/rocks_store.hpp"

namespace hq::ledger {

class StreamHeads {
 public:
  explicit StreamHeads(const RocksStore& store) : store_(store) {}

  Version Of(const std::string& stream) {
    const auto cached = versions_.find(stream);
    if (cached != versions_.end()) return cached->second;
    return versions_.emplace(stream, store_.VersionOf(stream)).first->second;
  }

  void Set(const std::string& stream, Version version) { versions_[stream] = version; }

  // Forgets everything if there is too much of it. Only when nothing is staged.
  void Trim() {
    constexpr std::size_t kStreamsMax = 200'000;
    if (versions_.size() > kStreamsMax) versions_.clear();
  }

 private:
  const RocksStore& store_;
  std::unordered_map<std::string, Version> versions_;
};

}  // namespace hq::ledger
