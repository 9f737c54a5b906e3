// Where the story plays: a house, the people who type commands, and eyes that look from outside, at
// Git, the sites, the inbox, the forge's log, NATS and the ledger.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/ledger_client/ledger_client.hpp"
#include "deploy/local/house/house.hpp"
#include "tests/demo/forge_requests.hpp"
#include "tests/demo/headquarters.hpp"
#include "tests/demo/inbox_reader.hpp"
#include "tests/demo/narrator.hpp"
#include "tests/demo/repositories.hpp"
#include "tests/demo/sites.hpp"
#include "tests/demo/subscriber.hpp"

namespace hq::demo {

class Stage {
 public:
  // Starts a house in `directory` with the programs in `bin`, and waits until it is ready. `extra`
  // are more variables, by program.
  static Result<std::unique_ptr<Stage>> Open(
      const std::filesystem::path& directory, const std::filesystem::path& bin,
      const std::map<std::string, runtime::Environment>& extra = {});

  // Tells that the fact was seen; kInternal naming it if it is not so.
  Status See(bool is_so, const std::string& fact);

  // See, as soon as it is so; within five minutes.
  Status Await(const std::string& fact, const std::function<bool()>& is_so);

  // Makes a release of a ref of the HQ repository and plans its rollout: the rollout's id.
  Result<std::string> Plan(const std::string& ref);
  // Plans a rollout of the ref, starts it, and waits for its end: the rollout as it then stands.
  Result<nlohmann::json> RollOut(const std::string& ref);
  // Waits until the rollout is in that phase ("COMPLETED"): the rollout.
  Result<nlohmann::json> AwaitPhase(const std::string& rollout_id, const std::string& phase);
  // The rollout as it stands now.
  Result<nlohmann::json> Rollout(const std::string& rollout_id);

  // Every record on the ledger after `position`, read as an auditor.
  Result<std::vector<Recorded>> RecordsAfter(Position position) const;
  Result<Position> LedgerHead() const;

  // Whose site serves the release, in all the cells named.
  bool AllServe(const std::vector<std::string>& cells, const std::string& release_id) const;

  // A login for NATS: "subscriber", "owner-koosy".
  nats::Login NatsLogin(const std::string& user) const;

  static const std::vector<std::string>& Cells() { return house::Credentials::Cells(); }

  std::unique_ptr<house::House> house;
  Narrator narrator;
  std::unique_ptr<Headquarters> people;
  std::unique_ptr<Repositories> repositories;
  std::unique_ptr<Sites> sites;
  std::unique_ptr<ForgeRequests> forge;
  std::unique_ptr<InboxReader> inbox;
  std::unique_ptr<ledger::LedgerClient> ledger;  // With the auditor's token.

  // What later steps need to know of earlier ones: the releases by the tag they were made of.
  std::map<std::string, std::string> releases;

 private:
  Stage() = default;
};

// Where a cell stands in a rollout ("CONFLICT"); empty if it is not in it.
std::string PhaseOf(const nlohmann::json& rollout, const std::string& cell);

}  // namespace hq::demo
