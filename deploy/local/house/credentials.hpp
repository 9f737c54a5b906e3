// Who may do what in a house: random tokens and passwords, made at the first start and kept in
// files that only their owner can read; services get no more than SHA-256 digests of them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::house {

class Credentials {
 public:
  // Reads the tokens under `directory`/tokens, makes those that are missing, and writes
  // `directory`/principals.json and `directory`/nats.conf's users from them; likewise the keys with
  // which services vouch for the ledger, and `directory`/witnesses.keys.
  static Result<Credentials> Open(const std::filesystem::path& directory);

  // The cells of the local franchise.
  static const std::vector<std::string>& Cells();

  // A principal's token, or the password of a NATS user named `nats-{user}`.
  Result<std::string> TokenOf(const std::string& name) const;
  std::filesystem::path FileOf(const std::string& name) const { return tokens_ / name; }
  std::filesystem::path principals_file() const { return principals_file_; }
  // The private key of a service as a witness; the public ones of all.
  std::filesystem::path WitnessKeyFileOf(const std::string& service) const {
    return tokens_ / ("witness-" + service);
  }
  std::filesystem::path witness_keys_file() const { return witness_keys_file_; }

  // The `authorization` block of a nats-server configuration.
  std::string NatsUsers() const;

 private:
  Status Ensure(const std::string& name);
  Status WritePrincipals() const;
  Status WriteWitnessKeys() const;

  std::filesystem::path tokens_;
  std::filesystem::path principals_file_;
  std::filesystem::path witness_keys_file_;
  std::map<std::string, std::string> secrets_;
};

}  // namespace hq::house
