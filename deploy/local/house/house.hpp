// The whole of HQ OS on the loopback of one machine: nats-server, the forge, the inbox and the five
// services as child processes. All it keeps is in one directory; a house opened on the same
// directory goes on where the last one ended.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/runtime/child.hpp"
#include "deploy/local/house/blueprint.hpp"
#include "deploy/local/house/credentials.hpp"
#include "deploy/local/house/ports.hpp"
#include "deploy/local/house/readiness.hpp"

namespace hq::house {

struct HouseOptions {
  std::filesystem::path directory;
  std::filesystem::path bin;                          // Where hq-ledger and the others are.
  std::map<std::string, runtime::Environment> extra;  // More variables, by program.
  std::vector<std::string> programs = Blueprint::Names();
};

// Use from one thread, the one that made it: the children die with that thread.
class House {
 public:
  // Makes the directory, the tokens and the franchise if they are not there, and starts every
  // program; does not wait for them. kNotFound if a program is not built.
  static Result<std::unique_ptr<House>> Start(const HouseOptions& options);

  // StopAll; what does not end in time is killed.
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  // Starts a program that does not run, on the port it had. `more` holds for this run only.
  Status Launch(const std::string& name, const runtime::Environment& more = {});

  // SIGKILL, and waits for the end.
  Status Kill(const std::string& name);

  // SIGTERM, and waits for the end: the exit code, or 128 + the signal that ended it; so also of
  // one that has just fallen. kDeadlineExceeded if it does not end within ten seconds; it is killed
  // then.
  Result<int> Stop(const std::string& name);

  // Waits until it ends by itself: its exit code, or 128 + the signal that ended it.
  Result<int> Wait(const std::string& name, std::chrono::milliseconds timeout);

  // Stop for all that run, in the reverse order of starting. kInternal naming those that did not
  // end with exit code 0.
  Status StopAll();

  bool IsRunning(const std::string& name);

  // Programs that ended without being told to, since the last time this was asked.
  std::vector<std::string> Fallen();

  // Until everything that was launched can do its work. kUnavailable naming who cannot, with the
  // end of its log; at once if one has ended.
  Status WaitReady(std::chrono::milliseconds timeout);

  std::string AddressOf(const std::string& name) const;
  std::string UrlOf(const std::string& name) const { return blueprint_.BaseUrlOf(name); }
  Result<std::string> TokenOf(const std::string& principal) const;
  std::filesystem::path TokenFileOf(const std::string& principal) const;
  std::filesystem::path LogOf(const std::string& name) const;
  const std::filesystem::path& directory() const { return options_.directory; }
  const std::filesystem::path& bin() const { return options_.bin; }
  pid_t ProcessOf(const std::string& name) const;

  // What hqctl needs, as an admin; also in `directory`/env.
  runtime::Environment ClientEnvironment() const;

 private:
  House(HouseOptions options, Credentials credentials);
  Status Prepare();
  Status WriteEnvFile() const;
  Status Seed() const;
  Status SeedBackupPolicy() const;
  std::string EndOfLog(const std::string& name) const;

  HouseOptions options_;
  Credentials credentials_;
  Ports ports_;
  Blueprint blueprint_;
  Readiness readiness_;
  std::map<std::string, runtime::Child> children_;
};

}  // namespace hq::house
