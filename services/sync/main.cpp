// The sync service: releases, and their way to the cells and back.
// Read this file top to bottom to see every part of the service and what each part depends on.
#include "common/base/clock.hpp"
#include "common/grpc/server.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/nats/bus.hpp"
#include "common/runtime/process.hpp"
#include "common/witness/witness.hpp"
#include "services/sync/adapters/decision_client.hpp"
#include "services/sync/adapters/git_workshop.hpp"
#include "services/sync/adapters/github_forge.hpp"
#include "services/sync/adapters/http_prober.hpp"
#include "services/sync/api/sync_api.hpp"
#include "services/sync/reactors/rollout_driver.hpp"
#include "services/sync/settings.hpp"

namespace hq::sync {

Status Run() {
  HQ_ASSIGN_OR_RETURN(const Settings settings, Settings::FromEnvironment());
  HQ_ASSIGN_OR_RETURN(const auto principals, rpc::Principals::Load(settings.principals_file));

  // The world outside.
  SystemClock clock;
  runtime::Metrics metrics;
  HQ_RETURN_IF_ERROR(metrics.Serve(settings.metrics_listen));
  ledger::LedgerClient ledger(settings.ledger, settings.token);
  DecisionClient court(settings.decision, settings.token);
  HQ_ASSIGN_OR_RETURN(const auto database, rocks::Database::Open(settings.data_dir + "/views"));
  HQ_ASSIGN_OR_RETURN(const auto workshop,
                      GitWorkshop::Open({settings.data_dir + "/workshop.git", settings.hq_repo,
                                         settings.forge_git_url, settings.forge_token}));
  GithubForge forge({settings.forge_api_url, settings.forge_token}, clock);
  HQ_ASSIGN_OR_RETURN(auto prober, HttpProber::Make({settings.site_url}));

  // Events in.
  Views views(*database);
  projection::Runner runner(ledger, *database, views.List(), metrics);
  HQ_ASSIGN_OR_RETURN(const auto bus, nats::Bus::Connect(settings.nats));
  HQ_RETURN_IF_ERROR(bus->Subscribe(
      "hq.events.>", [&](const nats::Message& message) { runner.Offer(message.payload); }));

  // Effects out.
  RolloutDriver driver(ledger, clock, views, runner, court, forge, *workshop, prober,
                       {settings.poll, settings.probes, settings.probe_failures,
                        settings.probe_interval, settings.deploy_timeout},
                       metrics);

  // Commands in.
  Planner planner(ledger, *workshop, views, runner);
  Commands commands(ledger, court, views, runner);
  const rpc::Door door(principals, clock, metrics);
  SyncApi api(ledger, planner, commands, views, runner, door);
  HQ_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(settings.listen, {&api}, [&] {
                        return runner.has_caught_up();
                      }));

  // Its word for the ledger: that it only grows.
  HQ_ASSIGN_OR_RETURN(const auto witness, ledger::Witness::Open(settings.witness, settings.ledger,
                                                                settings.token, clock, metrics));

  return runtime::RunUntilSignal({&runner, witness.get(), &driver, server.get()});
}

}  // namespace hq::sync

int main() { return hq::runtime::Main("sync", hq::sync::Run); }
