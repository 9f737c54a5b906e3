#include "deploy/local/house/credentials.hpp"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/ids.hpp"
#include "common/witness/signing_key.hpp"
#include "deploy/local/house/files.hpp"

namespace hq::house {
namespace {

struct Principal {
  const char* name;
  const char* role;
  const char* cell;  // The one cell it is bound to, "*" for the whole fleet, or nullptr.
};

// Two admins, so that the rule of the second person holds. The owners are those of branches.json.
constexpr std::array kPrincipals = {
    Principal{"ann", "hq_admin", nullptr},         Principal{"bob", "hq_admin", nullptr},
    Principal{"dimas", "branch_owner", "papafly"}, Principal{"hana", "branch_owner", "koosy"},
    Principal{"jun", "branch_owner", "bari"},      Principal{"sora", "branch_owner", "dalmoi"},
    Principal{"mina", "branch_owner", "haneul"},   Principal{"llm-koosy", "llm", "koosy"},
    Principal{"worker-1", "worker", "*"},          Principal{"ci", "ci", "*"},
    Principal{"auditor", "auditor", nullptr},      Principal{"accountant", "accountant", nullptr},
    Principal{"oncall", "on_call", nullptr},       Principal{"ledger", "service", nullptr},
    Principal{"decision", "service", nullptr},     Principal{"sync", "service", nullptr},
    Principal{"billing", "service", nullptr},      Principal{"notify", "service", nullptr},
};

// 32 random bytes, hexadecimal.
Result<std::string> NewSecret() {
  std::array<char, 32> bytes{};
  std::ifstream random("/dev/urandom", std::ios::binary);
  if (!random.read(bytes.data(), bytes.size()))
    return absl::UnavailableError("/dev/urandom cannot be read");
  return Hex(std::string(bytes.data(), bytes.size()));
}

std::string NatsUser(const std::string& user, const std::string& password,
                     const std::string& publish, const std::string& subscribe) {
  return "    { user: \"" + user + "\", password: \"" + password +
         "\", permissions: { publish: " + publish + ", subscribe: [" + subscribe + "] } }\n";
}

}  // namespace

const std::vector<std::string>& Credentials::Cells() {
  static const auto* cells =
      new std::vector<std::string>{"papafly", "koosy", "bari", "dalmoi", "haneul"};
  return *cells;
}

Result<Credentials> Credentials::Open(const std::filesystem::path& directory) {
  Credentials credentials;
  credentials.tokens_ = directory / "tokens";
  credentials.principals_file_ = directory / "principals.json";
  HQ_RETURN_IF_ERROR(MakeDirectory(credentials.tokens_));
  for (const auto& principal : kPrincipals) HQ_RETURN_IF_ERROR(credentials.Ensure(principal.name));
  for (const char* name :
       {"forge", "forge-owner", "nats-ledger", "nats-service", "nats-subscriber"})
    HQ_RETURN_IF_ERROR(credentials.Ensure(name));
  for (const std::string& cell : Cells())
    HQ_RETURN_IF_ERROR(credentials.Ensure("nats-owner-" + cell));
  HQ_RETURN_IF_ERROR(credentials.WritePrincipals());
  credentials.witness_keys_file_ = directory / "witnesses.keys";
  HQ_RETURN_IF_ERROR(credentials.WriteWitnessKeys());
  return credentials;
}

Result<std::string> Credentials::TokenOf(const std::string& name) const {
  if (const auto it = secrets_.find(name); it != secrets_.end()) return it->second;
  return absl::NotFoundError("nobody here is called " + name);
}

std::string Credentials::NatsUsers() const {
  const std::string nothing = "{ deny: \">\" }";
  const std::string everything = R"("hq.events.>", "_INBOX.>")";
  std::string users = "authorization {\n  users = [\n";
  users += NatsUser("ledger", secrets_.at("nats-ledger"), R"(["hq.events.>", "$JS.API.>"])",
                    R"("_INBOX.>")");
  for (const std::string user : {"service", "subscriber"})
    users += NatsUser(user, secrets_.at("nats-" + user), nothing, everything);
  for (const std::string& cell : Cells())
    users += NatsUser("owner-" + cell, secrets_.at("nats-owner-" + cell), nothing,
                      "\"hq.events." + cell + ".>\", \"_INBOX.>\"");
  return users + "  ]\n}\n";
}

Status Credentials::Ensure(const std::string& name) {
  const auto kept = ReadFile(FileOf(name));
  if (kept.ok() && !kept->empty()) {
    secrets_[name] = *kept;
    return absl::OkStatus();
  }
  HQ_ASSIGN_OR_RETURN(secrets_[name], NewSecret());
  return WriteFile(FileOf(name), secrets_[name] + "\n");
}

Status Credentials::WritePrincipals() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& principal : kPrincipals) {
    auto cells = nlohmann::ordered_json::array();
    if (principal.cell) cells.push_back(principal.cell);
    list.push_back({{"principal", principal.name},
                    {"role", principal.role},
                    {"cells", cells},
                    {"token_sha256", Hex(Sha256(secrets_.at(principal.name)))}});
  }
  const nlohmann::ordered_json document = {{"principals", list}};
  return WriteFile(principals_file_, document.dump(2) + "\n");
}

Status Credentials::WriteWitnessKeys() const {
  std::string keys;
  for (const char* service : {"decision", "sync", "billing", "notify"}) {
    HQ_ASSIGN_OR_RETURN(const auto key, ledger::SigningKey::FromFileOrNew(
                                            WitnessKeyFileOf(service).string(), service));
    keys += key.PublicKey(ledger::KeyType::kCosignatureV1).Format() + "\n";
  }
  return WriteFile(witness_keys_file_, keys);
}

}  // namespace hq::house
