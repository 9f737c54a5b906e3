// The ledger: the source of truth, and the only one who announces it. Read this file top to bottom
// to see every part of the service and what each part depends on.
#include "common/base/clock.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/server.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/process.hpp"
#include "services/ledger/adapters/disk_watch.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/nats_announcer.hpp"
#include "services/ledger/adapters/readiness.hpp"
#include "services/ledger/adapters/recovery/start.hpp"
#include "services/ledger/adapters/restore/offline.hpp"
#include "services/ledger/adapters/scrub_source.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/api/document_api.hpp"
#include "services/ledger/api/ledger_api.hpp"
#include "services/ledger/api/operations_api.hpp"
#include "services/ledger/api/proof_api.hpp"
#include "services/ledger/settings.hpp"

namespace hq::ledger {

Status Run() {
  HQ_ASSIGN_OR_RETURN(const Settings settings, Settings::FromEnvironment());
  HQ_ASSIGN_OR_RETURN(const auto principals, rpc::Principals::Load(settings.principals_file));
  SystemClock clock;
  runtime::Metrics metrics;
  HQ_RETURN_IF_ERROR(metrics.Serve(settings.metrics_listen));

  // The truth. It does not open if its files or its chain are broken; what is missing comes back.
  HQ_ASSIGN_OR_RETURN(const auto log, OpenRepaired(settings.Recovery(), clock, metrics));

  // What watches over it: the witnesses, the disk, the scrubber.
  Readiness readiness;
  HQ_ASSIGN_OR_RETURN(const auto transparency,
                      Transparency::Open(settings.transparency, readiness, TreeOf(*log),
                                         log->As(Itself()), metrics, log->ForkNotes()));
  const auto gate = [&] { return transparency->CheckServing(); };
  ErrorRecorder errors(*log, [&] { return transparency->CheckRecording(); });
  HQ_ASSIGN_OR_RETURN(const auto disk, DiskWatch::Open(settings.data_dir, settings.disk, metrics));
  disk->SetReport(errors.For("disk"));
  log->SetAdmission([&](const v1::AppendRequest& request) { return disk->Admit(request); });
  Scrubber scrubber(ScrubSourceOf(*log), StopServing(readiness, errors), clock, metrics,
                    settings.scrub);
  RepairNotice notice(settings.data_dir, *log, gate);

  // News out, and backups, if there is an archive.
  NatsAnnouncer announcer(*log, settings.announcer, readiness, metrics, gate);
  announcer.LookFirst();  // Before anything is appended: it may have lost what it announced.
  HQ_ASSIGN_OR_RETURN(const auto backups, Backups::Open(settings.backups, *log, transparency.get(),
                                                        gate, clock, metrics));

  // Calls in. NATS may be away; witnesses and operators are heard while it may not serve, too.
  const rpc::Door door(principals, clock, metrics, gate);
  const rpc::Door open_door(principals, clock, metrics);
  LedgerApi api(*log, door, metrics, settings.streams);
  DocumentApi documents(*log, settings.data_dir + "/spool", door, clock, metrics,
                        {.reserve_bytes = settings.disk.reserve_bytes});
  ProofApi proofs(*transparency, open_door, *log);
  StatusBoard board;
  board.Add(LogStatus(*log, clock.Now()));
  board.AddParts(readiness, *disk, scrubber, announcer, *transparency, api, *backups);
  OperationsApi operations(board, backups->reactor(), open_door);
  HQ_ASSIGN_OR_RETURN(const auto server,
                      rpc::Server::Start(settings.listen, {&api, &documents, &proofs, &operations},
                                         [&] { return gate().ok(); }));

  // Stopped in reverse order; the server waits for the backups that it was asked for.
  return runtime::RunUntilSignal({disk.get(), &scrubber, &announcer, &transparency->checkpointer(),
                                  server.get(), backups.get(), &notice, &api, &documents});
}

}  // namespace hq::ledger

// With arguments it is a tool for archives: see hq-ledger --help.
int main(int count, char** arguments) {
  if (count > 1) return hq::ledger::RunOffline(count, arguments);
  return hq::runtime::Main("ledger", hq::ledger::Run);
}
