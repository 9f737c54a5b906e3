// What runs in a house and what each program is told: its command, its environment, its address.
// Only knows; starts nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/runtime/child.hpp"
#include "deploy/local/house/credentials.hpp"
#include "deploy/local/house/ports.hpp"

namespace hq::house {

class Blueprint {
 public:
  // Both outlive it. `bin` is where our programs are.
  Blueprint(std::filesystem::path directory, std::filesystem::path bin,
            const Credentials& credentials, Ports& ports)
      : directory_(std::move(directory)),
        bin_(std::move(bin)),
        credentials_(credentials),
        ports_(ports) {}

  // Every program, in the order in which they are started.
  static const std::vector<std::string>& Names();

  // The five that answer gRPC.
  static bool IsService(const std::string& name);

  // "127.0.0.1:port".
  Result<std::string> AddressOf(const std::string& name) const;
  std::string BaseUrlOf(const std::string& name) const;

  std::vector<std::string> CommandOf(const std::string& name) const;
  Result<runtime::Environment> EnvironmentOf(const std::string& name) const;

  // What a person at a shell needs to speak to the house, as an admin.
  runtime::Environment ClientEnvironment() const;

  // What the ledger is told of backups. Their bucket is stood in for by a directory of the house.
  std::filesystem::path backup_policy_file() const { return directory_ / "backup-policy.json"; }

  // nats-server's configuration.
  std::string NatsConfiguration() const;

 private:
  Status AddServiceVariables(const std::string& name, runtime::Environment& environment) const;
  void AddForgeVariables(runtime::Environment& environment) const;
  void AddSyncVariables(runtime::Environment& environment) const;
  void AddChannelUrls(runtime::Environment& environment) const;

  std::filesystem::path directory_;
  std::filesystem::path bin_;
  const Credentials& credentials_;
  Ports& ports_;
};

}  // namespace hq::house
