// The ledger: the source of truth, and the only one who announces it. Read this file top to bottom
// to see every part of the service and what each part depends on.
#include "common/base/clock.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/server.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/process.hpp"
#include "services/ledger/adapters/nats_announcer.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/api/ledger_api.hpp"
#include "services/ledger/api/proof_api.hpp"
#include "services/ledger/settings.hpp"

namespace hq::ledger {

Status Run() {
  HQ_ASSIGN_OR_RETURN(const Settings settings, Settings::FromEnvironment());
  HQ_ASSIGN_OR_RETURN(const auto principals, rpc::Principals::Load(settings.principals_file));

  // The world outside.
  SystemClock clock;
  runtime::Metrics metrics;
  HQ_RETURN_IF_ERROR(metrics.Serve(settings.metrics_listen));

  // The truth. It does not open if its files or its chain are broken.
  HQ_ASSIGN_OR_RETURN(const auto log, RocksEventLog::Open(settings.data_dir, clock, metrics));

  // By what others can check it, and the gate that its witnesses keep.
  HQ_ASSIGN_OR_RETURN(
      const auto transparency,
      Transparency::Open(settings.transparency, TreeOf(*log),
                         log->As({"ledger", std::string(rpc::kServiceRole), {}}), metrics));
  const auto gate = [&] { return transparency->gate().Check(); };

  // News out.
  NatsAnnouncer announcer(*log, settings.announcer, metrics, gate);

  // Appends and reads in. NATS being away does not make the ledger unready.
  const rpc::Door door(principals, clock, metrics, gate);
  LedgerApi api(*log, door, metrics);

  // Witnesses are heard while the ledger may not serve, too.
  const rpc::Door open_door(principals, clock, metrics);
  ProofApi proofs(*transparency, open_door, *log);
  HQ_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(settings.listen, {&api, &proofs},
                                                            [&] { return gate().ok(); }));

  return runtime::RunUntilSignal(  // Stopped in reverse order.
      {&announcer, &transparency->checkpointer(), server.get(), &api});
}

}  // namespace hq::ledger

int main() { return hq::runtime::Main("ledger", hq::ledger::Run); }
