#include "common/runtime/process.hpp"

#include <absl/synchronization/mutex.h>
#include <google/protobuf/stubs/logging.h>
#include <signal.h>
#include <stdlib.h>

#include <thread>

#include "common/runtime/log.hpp"
#include "common/runtime/priority.hpp"

namespace hq::runtime {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

int Main(std::string_view service, const std::function<Status()>& run) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // gRPC looks at a connection on which no call waits every five seconds only: too slow to notice
  // that a peer has come back, or wants to part.
  setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "200", /*overwrite=*/0);
#ifdef NDEBUG
  // Debian builds gRPC's mutexes with a search for deadlocks, at every lock: that is for tests.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  // Protobuf writes to standard error about every message that it refuses; the refusal is the
  // answer.
  google::protobuf::SetLogHandler(nullptr);
  PreferShortSlices();  // Somebody waits for nearly all that a service does.
  log::Start(service);
  log::Info("starting");
  const Status status = run();
  if (!status.ok()) {
    const Advice advice = AdviceOf(status);
    log::Error("failed", {{"error", std::string(status.message())},
                          {"code", absl::StatusCodeToString(status.code())},
                          {"reason", advice.reason},
                          {"next_step", advice.next_step}});
  }
  log::Info("stopped");
  return status.ok() ? 0 : 1;
}

Status RunUntilSignal(std::vector<Component*> components) {
  std::vector<std::jthread> threads;
  for (Component* component : components)
    threads.emplace_back([component](std::stop_token stop) { component->Run(stop); });
  log::Info("running");
  const sigset_t signals = StopSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  log::Info("stopping", {{"signal", std::to_string(signal)}});
  while (!threads.empty()) threads.pop_back();  // ~jthread requests stop and joins.
  return absl::OkStatus();
}

}  // namespace hq::runtime
