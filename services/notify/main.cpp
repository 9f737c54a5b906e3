// The notify service: every anomaly reaches a person.
// Read this file top to bottom to see every part of the service and what each part depends on.
#include "common/grpc/server.hpp"
#include "common/http/client.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/nats/bus.hpp"
#include "common/runtime/process.hpp"
#include "common/witness/witness.hpp"
#include "services/notify/adapters/ledger_health.hpp"
#include "services/notify/adapters/outage_spool.hpp"
#include "services/notify/adapters/slack_channel.hpp"
#include "services/notify/adapters/webhook_channel.hpp"
#include "services/notify/api/notify_api.hpp"
#include "services/notify/reactors/delivery_reactor.hpp"
#include "services/notify/reactors/ledger_watch.hpp"
#include "services/notify/settings.hpp"
#include "services/notify/views/all.hpp"

namespace hq::notify {

Status Run() {
  HQ_ASSIGN_OR_RETURN(const Settings settings, Settings::FromEnvironment());
  HQ_ASSIGN_OR_RETURN(const auto principals, rpc::Principals::Load(settings.principals_file));

  // The world outside.
  SystemClock clock;
  runtime::Metrics metrics;
  HQ_RETURN_IF_ERROR(metrics.Serve(settings.metrics_listen));
  ledger::LedgerClient ledger(settings.ledger, settings.token);
  http::Client http;
  SlackChannel slack(http);
  WebhookChannel webhook(http);

  // Events in.
  HQ_ASSIGN_OR_RETURN(const auto database, rocks::Database::Open(settings.data_dir));
  AllViews views(*database);
  projection::Runner runner(ledger, *database, views.List(), metrics);
  HQ_ASSIGN_OR_RETURN(const auto bus, nats::Bus::Connect(settings.nats));
  HQ_RETURN_IF_ERROR(bus->Subscribe(
      "hq.events.>", [&](const nats::Message& message) { runner.Offer(message.payload); }));

  // Messages out. The kakao kind posts to its webhook until there is a template for each event.
  const Sender sender({{"slack", &slack}, {"kakao", &webhook}, {"webhook", &webhook}},
                      ResolveUrlReference, settings.call_timeout, metrics);
  DeliveryReactor deliveries(ledger, views.deliveries, runner, sender, clock, metrics,
                             {settings.backoff_base});

  // Alarms out, while the ledger is down.
  LedgerHealth health(settings.ledger, ledger);
  HQ_ASSIGN_OR_RETURN(auto spool, OutageSpool::Open(settings.data_dir + "/spool"));
  LedgerWatch watch(health, ledger, views.deliveries, spool, sender, clock, metrics,
                    LedgerWatch::PaceFor(settings.ledger_down_after, settings.backoff_base));

  // Commands in.
  const rpc::Door door(principals, clock, metrics);
  NotifyApi api(door, ledger, views.deliveries, runner);
  HQ_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(settings.listen, {&api}, [&] {
                        return runner.has_caught_up();
                      }));

  // Its word for the ledger: that it only grows.
  HQ_ASSIGN_OR_RETURN(const auto witness, ledger::Witness::Open(settings.witness, settings.ledger,
                                                                settings.token, clock, metrics));

  return runtime::RunUntilSignal({&runner, witness.get(), &deliveries, &watch, server.get()});
}

}  // namespace hq::notify

int main() { return hq::runtime::Main("notify", hq::notify::Run); }
