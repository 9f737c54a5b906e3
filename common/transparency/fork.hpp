// What a watcher of a log knows of its lives: a restore gives up everything behind a position and
// says so in a statement that the log's key signed. Only by such a statement may a log become
// another than it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/verifier_key.hpp"

namespace hq::ledger {

// Life `epoch` begins behind position `restored_to` of life `from_epoch`.
struct Fork {
  std::uint64_t from_epoch = 0;
  std::uint64_t epoch = 0;
  std::uint64_t restored_to = 0;

  bool operator==(const Fork&) const = default;
};

// Opens a statement: its signature by the log's key must hold. kInvalidArgument for what is none,
// kPermissionDenied if the key did not sign it or if it is of another log.
Result<Fork> OpenFork(std::string_view note, const VerifierKey& log);

// The forks among the notes that one of the keys signed; what is none is passed over.
std::vector<Fork> OpenForks(const std::vector<std::string>& notes,
                            const std::vector<VerifierKey>& keys);

// How many records two lives have in common: no limit if they are one. Nothing if the forks do not
// say it.
std::optional<std::uint64_t> InCommon(const std::vector<Fork>& forks, std::uint64_t one,
                                      std::uint64_t other);

}  // namespace hq::ledger
