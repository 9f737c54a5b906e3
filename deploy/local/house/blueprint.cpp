#include "deploy/local/house/blueprint.hpp"

#include <cstdlib>

namespace hq::house {
namespace {

// A service's own folders are in Debian's sbin, which is not in everybody's PATH.
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string UpperCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

const std::vector<std::string>& Blueprint::Names() {
  static const auto* names = new std::vector<std::string>{"nats",     "forge", "inbox",   "ledger",
                                                          "decision", "sync",  "billing", "notify"};
  return *names;
}

bool Blueprint::IsService(const std::string& name) {
  return name != "nats" && name != "forge" && name != "inbox";
}

Result<std::string> Blueprint::AddressOf(const std::string& name) const {
  HQ_ASSIGN_OR_RETURN(const int port, ports_.Of(name));
  return "127.0.0.1:" + std::to_string(port);
}

std::string Blueprint::BaseUrlOf(const std::string& name) const {
  const std::string scheme = name == "nats" ? "nats://" : "http://";
  return scheme + AddressOf(name).value_or("");
}

std::vector<std::string> Blueprint::CommandOf(const std::string& name) const {
  if (name == "nats") return {"nats-server", "-c", (directory_ / "nats.conf").string()};
  return {(bin_ / ("hq-" + name)).string()};
}

Result<runtime::Environment> Blueprint::EnvironmentOf(const std::string& name) const {
  // Nothing else of the caller's environment: no proxy, no Git configuration, no token.
  runtime::Environment environment = {{"PATH", kPath},
                                      {"HOME", (directory_ / "data").string()},
                                      {"LANG", "C.UTF-8"},
                                      {"GIT_CONFIG_GLOBAL", "/dev/null"},
                                      {"GIT_CONFIG_NOSYSTEM", "1"}};
  for (const char* kept : {"TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(kept)) environment[kept] = value;
  if (name == "nats") return environment;
  HQ_ASSIGN_OR_RETURN(environment["HQ_LISTEN"], AddressOf(name));
  if (name == "forge") AddForgeVariables(environment);
  if (name == "inbox") environment["HQ_INBOX_DATA"] = (directory_ / "inbox").string();
  if (!IsService(name)) return environment;
  HQ_RETURN_IF_ERROR(AddServiceVariables(name, environment));
  if (name == "sync") AddSyncVariables(environment);
  if (name == "notify") AddChannelUrls(environment);
  return environment;
}

Status Blueprint::AddServiceVariables(const std::string& name,
                                      runtime::Environment& environment) const {
  const std::string user = name == "ledger" ? "ledger" : "service";
  HQ_ASSIGN_OR_RETURN(environment["HQ_METRICS_LISTEN"], AddressOf(name + "-metrics"));
  environment["HQ_DATA_DIR"] = (directory_ / "data" / name).string();
  environment["HQ_PRINCIPALS_FILE"] = credentials_.principals_file().string();
  environment["HQ_NATS_URL"] = BaseUrlOf("nats");
  environment["HQ_NATS_USER"] = user;
  environment["HQ_NATS_PASSWORD_FILE"] = credentials_.FileOf("nats-" + user).string();
  if (name == "ledger") {
    // A developer's disk is small, and nothing here is the truth for anybody.
    environment["HQ_DISK_RESERVE_BYTES"] = std::to_string(64 << 20);
    environment["HQ_BALLAST_BYTES"] = std::to_string(16 << 20);
    environment["HQ_WITNESS_KEYS_FILE"] = credentials_.witness_keys_file().string();
    environment["HQ_ARCHIVE"] = "dir:" + (directory_ / "archive").string();
    environment["HQ_BACKUP_POLICY_FILE"] = backup_policy_file().string();
    return absl::OkStatus();
  }
  environment["HQ_WITNESS_KEY_FILE"] = credentials_.WitnessKeyFileOf(name).string();
  HQ_ASSIGN_OR_RETURN(environment["HQ_LEDGER"], AddressOf("ledger"));
  environment["HQ_TOKEN_FILE"] = credentials_.FileOf(name).string();
  return absl::OkStatus();
}

void Blueprint::AddForgeVariables(runtime::Environment& environment) const {
  environment["HQ_FORGE_DATA"] = (directory_ / "forge").string();
  environment["HQ_FORGE_TOKEN_FILE"] = credentials_.FileOf("forge").string();
  environment["HQ_FORGE_OWNER_TOKEN_FILE"] = credentials_.FileOf("forge-owner").string();
  environment["HQ_FORGE_REQUEST_LOG"] = (directory_ / "forge" / "requests.jsonl").string();
}

void Blueprint::AddSyncVariables(runtime::Environment& environment) const {
  environment["HQ_DECISION"] = AddressOf("decision").value_or("");
  environment["HQ_FORGE_API_URL"] = BaseUrlOf("forge");
  environment["HQ_FORGE_GIT_URL"] = BaseUrlOf("forge");
  environment["HQ_FORGE_TOKEN_FILE"] = credentials_.FileOf("forge").string();
  environment["HQ_REPO"] = "dtslib/hq";
  environment["HQ_SITE_URL_TEMPLATE"] = BaseUrlOf("forge") + "/sites/{owner}/{name}";
  environment["HQ_POLL_MS"] = "200";
  environment["HQ_PROBE_COUNT"] = "5";
  environment["HQ_PROBE_FAILURES"] = "3";
  environment["HQ_PROBE_INTERVAL_MS"] = "100";
}

void Blueprint::AddChannelUrls(runtime::Environment& environment) const {
  const std::string inbox = BaseUrlOf("inbox");
  environment["SLACK_CRITICAL_URL"] = inbox + "/slack/critical";
  environment["SLACK_OPS_URL"] = inbox + "/slack/ops";
  environment["KAKAO_HQ_URL"] = inbox + "/webhook/kakao-hq";
  for (const std::string& cell : Credentials::Cells())
    environment["KAKAO_" + UpperCase(cell) + "_URL"] = inbox + "/webhook/kakao-" + cell;
}

runtime::Environment Blueprint::ClientEnvironment() const {
  runtime::Environment environment;
  for (const std::string& name : Names())
    if (IsService(name)) environment["HQ_" + UpperCase(name)] = AddressOf(name).value_or("");
  environment["HQ_TOKEN_FILE"] = credentials_.FileOf("ann").string();
  environment["HQ_FORGE_URL"] = BaseUrlOf("forge");
  environment["HQ_SITES_URL"] = BaseUrlOf("forge") + "/sites/dtslib";
  environment["HQ_INBOX_URL"] = BaseUrlOf("inbox");
  environment["HQ_NATS_URL"] = BaseUrlOf("nats");
  return environment;
}

std::string Blueprint::NatsConfiguration() const {
  return "listen: \"" + AddressOf("nats").value_or("") + "\"\njetstream { store_dir: \"" +
         (directory_ / "data" / "nats").string() + "\" }\n" + credentials_.NatsUsers();
}

}  // namespace hq::house
