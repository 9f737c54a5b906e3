#include "deploy/local/house/house.hpp"

#include <signal.h>

#include <algorithm>
#include <thread>

#include "deploy/local/house/files.hpp"

namespace hq::house {
namespace {

constexpr std::chrono::seconds kStopPatience(10);
constexpr std::chrono::seconds kSeedPatience(60);

// After SIGTERM nats-server exits with 1, or with 0 if its main thread is the quicker one.
bool HasEndedWell(const std::string& name, int code) {
  return code == 0 || (name == "nats" && code == 1);
}

// 'text' for a shell.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Result<std::unique_ptr<House>> House::Start(const HouseOptions& options) {
  HouseOptions absolute = options;
  absolute.directory = std::filesystem::absolute(options.directory).lexically_normal();
  absolute.bin = std::filesystem::absolute(options.bin).lexically_normal();
  for (const char* folder : {"data", "logs", "ports", "tokens", "forge", "inbox"})
    HQ_RETURN_IF_ERROR(MakeDirectory(absolute.directory / folder));
  HQ_ASSIGN_OR_RETURN(auto credentials, Credentials::Open(absolute.directory));
  std::unique_ptr<House> house(new House(std::move(absolute), std::move(credentials)));
  HQ_RETURN_IF_ERROR(house->Prepare());
  for (const std::string& name : house->options_.programs) HQ_RETURN_IF_ERROR(house->Launch(name));
  return house;
}

House::House(HouseOptions options, Credentials credentials)
    : options_(std::move(options)),
      credentials_(std::move(credentials)),
      ports_(options_.directory / "ports"),
      blueprint_(options_.directory, options_.bin, credentials_, ports_) {}

House::~House() {
  // Whoever cares about exit codes has called StopAll before.
  StopAll().IgnoreError();
}

Status House::Prepare() {
  HQ_RETURN_IF_ERROR(Seed());
  HQ_RETURN_IF_ERROR(SeedBackupPolicy());
  HQ_RETURN_IF_ERROR(WriteFile(options_.directory / "nats.conf", blueprint_.NatsConfiguration()));
  for (const std::string& name : Blueprint::Names())
    if (Blueprint::IsService(name))
      HQ_RETURN_IF_ERROR(MakeDirectory(options_.directory / "data" / name));
  return WriteEnvFile();
}

Status House::WriteEnvFile() const {
  const runtime::Environment environment = blueprint_.ClientEnvironment();
  std::string text = "# To speak to this house from a shell: . " +
                     Quoted((options_.directory / "env").string()) + "\n";
  for (const auto& [name, value] : environment)
    text += "export " + name + "=" + Quoted(value) + "\n";
  return WriteFile(options_.directory / "env", text);
}

Status House::Seed() const {
  const auto repositories = options_.directory / "forge" / "repos" / "dtslib";
  std::error_code ignored;
  if (std::filesystem::exists(repositories, ignored)) return absl::OkStatus();
  const auto& programs = options_.programs;
  if (std::find(programs.begin(), programs.end(), "forge") == programs.end())
    return absl::OkStatus();
  HQ_ASSIGN_OR_RETURN(const runtime::Environment environment, blueprint_.EnvironmentOf("nats"));
  const std::string script = std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise/seed.sh";
  HQ_ASSIGN_OR_RETURN(auto seeding, runtime::Child::Spawn({"/bin/bash", script,
                                                           (options_.directory / "forge").string()},
                                                          environment, LogOf("seed")));
  HQ_ASSIGN_OR_RETURN(const int code, seeding.WaitFor(kSeedPatience));
  if (code == 0) return absl::OkStatus();
  return absl::InternalError("the franchise could not be seeded:\n" + EndOfLog("seed"));
}

// Once, as the franchise: a house that stands does without the source tree.
Status House::SeedBackupPolicy() const {
  std::error_code ignored;
  if (std::filesystem::exists(blueprint_.backup_policy_file(), ignored)) return absl::OkStatus();
  HQ_ASSIGN_OR_RETURN(const std::string policy,
                      ReadFile(std::string(HQ_SOURCE_DIR) +
                               "/deploy/local/franchise/hq/recovery/backup-policy.json"));
  return WriteFile(blueprint_.backup_policy_file(), policy);
}

Status House::Launch(const std::string& name, const runtime::Environment& more) {
  if (IsRunning(name)) return absl::FailedPreconditionError(name + " runs already");
  HQ_ASSIGN_OR_RETURN(runtime::Environment environment, blueprint_.EnvironmentOf(name));
  if (const auto it = options_.extra.find(name); it != options_.extra.end())
    for (const auto& [variable, value] : it->second) environment[variable] = value;
  for (const auto& [variable, value] : more) environment[variable] = value;
  HQ_ASSIGN_OR_RETURN(children_[name],
                      runtime::Child::Spawn(blueprint_.CommandOf(name), environment, LogOf(name)));
  return absl::OkStatus();
}

Status House::Kill(const std::string& name) {
  if (!IsRunning(name)) return absl::FailedPreconditionError(name + " does not run");
  children_[name].Signal(SIGKILL);
  const auto ended = children_[name].WaitFor(kStopPatience);
  children_.erase(name);
  return ended.status();
}

Result<int> House::Stop(const std::string& name) {
  if (!children_.contains(name)) return absl::FailedPreconditionError(name + " does not run");
  children_[name].Signal(SIGTERM);
  const auto code = children_[name].WaitFor(kStopPatience);
  children_.erase(name);  // Kills it, if it still runs.
  return code;
}

Result<int> House::Wait(const std::string& name, std::chrono::milliseconds timeout) {
  if (!children_.contains(name)) return absl::FailedPreconditionError(name + " does not run");
  const auto code = children_[name].WaitFor(timeout);
  if (code.ok()) children_.erase(name);
  return code;
}

Status House::StopAll() {
  std::string faults;
  // Those who call before those who are called; together where the order does not matter.
  for (const std::vector<std::string>& together :
       {std::vector<std::string>{"notify", "billing", "sync", "decision"},
        {"ledger"},
        {"inbox", "forge", "nats"}}) {
    for (const std::string& name : together)
      if (children_.contains(name)) children_[name].Signal(SIGTERM);
    for (const std::string& name : together) {
      if (!children_.contains(name)) continue;
      const auto code = children_[name].WaitFor(kStopPatience);
      children_.erase(name);  // Kills it, if it still runs.
      if (code.ok() && HasEndedWell(name, *code)) continue;
      faults += "\n  " + name + ": " +
                (code.ok() ? "exit code " + std::to_string(*code) : code.status().ToString()) +
                "\n" + EndOfLog(name);
    }
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InternalError("not every program ended well:" + faults);
}

bool House::IsRunning(const std::string& name) {
  const auto it = children_.find(name);
  return it != children_.end() && !it->second.Ended();
}

std::vector<std::string> House::Fallen() {
  std::vector<std::string> fallen;
  for (auto& [name, child] : children_)
    if (child.Ended()) fallen.push_back(name);
  for (const std::string& name : fallen) children_.erase(name);
  return fallen;
}

Status House::WaitReady(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds kPoll(20);
  const auto give_up_at = std::chrono::steady_clock::now() + timeout;
  for (const std::string& name : Blueprint::Names()) {
    if (!children_.contains(name)) continue;
    while (!readiness_.IsReady(name, AddressOf(name))) {
      const auto ended = children_[name].Ended();
      if (ended)
        return absl::UnavailableError(name + " ended with code " + std::to_string(*ended) + ":\n" +
                                      EndOfLog(name));
      if (std::chrono::steady_clock::now() > give_up_at)
        return absl::UnavailableError(name + " is not ready:\n" + EndOfLog(name));
      std::this_thread::sleep_for(kPoll);
    }
  }
  // An idle connection of ours would make every service's stop wait for its grace period.
  readiness_ = Readiness();
  return absl::OkStatus();
}

std::string House::AddressOf(const std::string& name) const {
  return blueprint_.AddressOf(name).value_or("");
}

Result<std::string> House::TokenOf(const std::string& principal) const {
  return credentials_.TokenOf(principal);
}

std::filesystem::path House::TokenFileOf(const std::string& principal) const {
  return credentials_.FileOf(principal);
}

std::filesystem::path House::LogOf(const std::string& name) const {
  return options_.directory / "logs" / (name + ".log");
}

pid_t House::ProcessOf(const std::string& name) const {
  const auto it = children_.find(name);
  return it == children_.end() ? 0 : it->second.process();
}

runtime::Environment House::ClientEnvironment() const { return blueprint_.ClientEnvironment(); }

std::string House::EndOfLog(const std::string& name) const {
  constexpr std::size_t kBytes = 2000;
  const std::string log = ReadFile(LogOf(name)).value_or("(no log)");
  return log.size() <= kBytes ? log : "…" + log.substr(log.size() - kBytes);
}

}  // namespace hq::house
