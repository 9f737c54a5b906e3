#include "tests/support/chain_writer.hpp"

#include "common/base/ids.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "tests/support/pause.hpp"

namespace hq::testing {
namespace {

// Answers of a ledger that is ill, and honest.
bool MayBeTriedAgain(const Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
}

}  // namespace

ChainWriter::ChainWriter(std::string address, std::string token, std::string name)
    : address_(std::move(address)),
      token_(std::move(token)),
      name_(std::move(name)),
      thread_([this](std::stop_token stop) { Write(std::move(stop)); }) {}

void ChainWriter::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::vector<Acknowledged> ChainWriter::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

std::size_t ChainWriter::count() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_.size();
}

Status ChainWriter::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void ChainWriter::Write(std::stop_token stop) {
  ledger::LedgerClient log(address_, token_);
  std::string hash = ZeroHash();
  for (Version version = 0; !stop.stop_requested(); ++version) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-" + name_);
    append->set_expected_version(version);
    auto* event = append->add_events();
    event->set_branch(name_);
    event->set_event(kLinkEvent);
    event->set_status(Hex(hash));
    request.set_command_id(name_ + "-" + std::to_string(version + 1));
    if (!AppendUntilKnown(log, request, stop) || !ReadBack(log, stop)) return;
    const std::lock_guard lock(mutex_);
    hash = acknowledged_.back().hash;
  }
}

bool ChainWriter::AppendUntilKnown(EventLog& log, const ledger::v1::AppendRequest& request,
                                   const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto response = log.Append(request);
    if (response.ok()) {
      const auto& receipt = response->receipt();
      const std::lock_guard lock(mutex_);
      acknowledged_.push_back(
          {request.command_id(), receipt.first_position(), receipt.ids(0), std::string()});
      return true;
    }
    if (!MayBeTriedAgain(response.status())) {
      Blame("append of " + request.command_id(), response.status());
      return false;
    }
    PauseBeforeRetry(stop);
  }
  return false;
}

// What was acknowledged can be read from then on.
bool ChainWriter::ReadBack(EventLog& log, const std::stop_token& stop) {
  ledger::v1::GetRequest request;
  request.set_position(acknowledged().back().position);
  while (!stop.stop_requested()) {
    const auto recorded = log.Get(request);
    if (recorded.ok()) {
      const std::lock_guard lock(mutex_);
      acknowledged_.back().hash = LeafHash(recorded->bytes);
      return true;
    }
    if (!MayBeTriedAgain(recorded.status())) {
      Blame("reading back position " + std::to_string(request.position()), recorded.status());
      return false;
    }
    PauseBeforeRetry(stop);
  }
  return false;
}

void ChainWriter::Blame(const std::string& what, const Status& status) {
  const std::lock_guard lock(mutex_);
  fault_ = absl::DataLossError(what + ": " + status.ToString());
}

}  // namespace hq::testing
