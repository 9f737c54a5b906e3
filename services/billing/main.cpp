// The billing service: what a token costs, and what every cell has used.
// Read this file top to bottom to see every part of the service and what each part depends on.
#include "common/base/clock.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/identity.hpp"
#include "common/grpc/server.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/nats/bus.hpp"
#include "common/projection/runner.hpp"
#include "common/rocks/database.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/process.hpp"
#include "common/witness/witness.hpp"
#include "services/billing/api/billing_api.hpp"
#include "services/billing/settings.hpp"
#include "services/billing/views/all.hpp"

namespace hq::billing {

Status Run() {
  HQ_ASSIGN_OR_RETURN(const Settings settings, Settings::FromEnvironment());
  HQ_ASSIGN_OR_RETURN(const auto principals, rpc::Principals::Load(settings.principals_file));

  // The world outside.
  SystemClock clock;
  runtime::Metrics metrics;
  HQ_RETURN_IF_ERROR(metrics.Serve(settings.metrics_listen));
  ledger::LedgerClient ledger(settings.ledger, settings.token);
  HQ_ASSIGN_OR_RETURN(const auto database, rocks::Database::Open(settings.data_dir));

  // Events in.
  AllViews views(*database);
  projection::Runner runner(ledger, *database, views.List(), metrics);
  HQ_ASSIGN_OR_RETURN(const auto bus, nats::Bus::Connect(settings.nats));
  HQ_RETURN_IF_ERROR(bus->Subscribe(
      "hq.events.>", [&](const nats::Message& message) { runner.Offer(message.payload); }));

  // Commands in.
  const rpc::Door door(principals, clock, metrics);
  BillingApi api(ledger, views, runner, door);
  HQ_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(settings.listen, {&api}, [&] {
                        return runner.has_caught_up();
                      }));

  // Its word for the ledger: that it only grows.
  HQ_ASSIGN_OR_RETURN(const auto witness, ledger::Witness::Open(settings.witness, settings.ledger,
                                                                settings.token, clock, metrics));

  return runtime::RunUntilSignal({&runner, witness.get(), server.get()});
}

}  // namespace hq::billing

int main() { return hq::runtime::Main("billing", hq::billing::Run); }
