#include "tests/demo/busy_worker.hpp"

#include "common/base/ids.hpp"

namespace hq::demo {

BusyWorker::BusyWorker(const std::string& address, const std::string& token, std::string cell)
    : ledger_(address, token),
      cell_(std::move(cell)),
      thread_([this](std::stop_token stop) { Work(stop); }) {}

void BusyWorker::Work(std::stop_token stop) {
  constexpr std::chrono::milliseconds kPause(20);
  while (!stop.stop_requested()) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-" + cell_);
    append->add_events()->set_branch(cell_);
    append->mutable_events(0)->set_event("sync_push");
    append->mutable_events(0)->set_status("success");
    request.set_command_id(NewId());
    // While the ledger is away the same command is sent again: its id makes that safe.
    auto answer = ledger_.Append(request);
    while (absl::IsUnavailable(answer.status()) && !stop.stop_requested())
      answer = ledger_.Append(request);
    if (answer.ok()) {
      const std::lock_guard lock(mutex_);
      for (const auto& id : answer->receipt().ids()) acknowledged_.push_back(id);
    }
    std::this_thread::sleep_for(kPause);
  }
}

std::vector<std::string> BusyWorker::Finish() {
  thread_.request_stop();
  thread_.join();
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

}  // namespace hq::demo
