// The ledger: the source of truth, and the only one who announces it. Read this file top to bottom
// to see every part of the service and what each part depends on.
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/server.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/process.hpp"
#include "services/ledger/adapters/disk_watch.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/nats_announcer.hpp"
#include "services/ledger/adapters/readiness.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/document_api.hpp"
#include "services/ledger/api/ledger_api.hpp"
#include "services/ledger/api/operations_api.hpp"
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

  // What watches over it.
  Readiness readiness;
  ErrorRecorder errors(*log);
  HQ_ASSIGN_OR_RETURN(const auto disk, DiskWatch::Open(settings.data_dir, settings.disk, metrics));
  disk->SetReport(
      [&](const v1::LedgerError& error) { return errors.Record(error, "disk-" + NewId()); });

  // News out.
  NatsAnnouncer announcer(*log, settings.announcer, metrics);

  // Appends and reads in. NATS being away does not make the ledger unready.
  const rpc::Door door(principals, clock, metrics);
  LedgerApi api(*log, door, metrics);
  DocumentApi documents(*log, settings.data_dir + "/spool", door, clock, metrics);
  StatusBoard board;
  board.Add(LogStatus(*log, clock.Now()));
  board.Add([&](v1::LedgerStatus& status) { readiness.Fill(status); });
  board.Add([&](v1::LedgerStatus& status) { disk->Fill(status); });
  board.Add([&](v1::LedgerStatus& status) {
    status.mutable_positions()->set_announced(announcer.announced());
  });
  OperationsApi operations(board, door);
  HQ_ASSIGN_OR_RETURN(const auto server,
                      rpc::Server::Start(settings.listen, {&api, &documents, &operations},
                                         [&] { return readiness.is_serving(); }));

  // Stopped in reverse order.
  return runtime::RunUntilSignal({disk.get(), &announcer, server.get(), &api, &documents});
}

}  // namespace hq::ledger

int main() { return hq::runtime::Main("ledger", hq::ledger::Run); }
