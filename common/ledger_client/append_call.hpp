// One append on its way to the ledger. An outcome that is unknown is asked for again under the same
// command_id; without one it is reported as unknown.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/events/event_log.hpp"
#include "common/ledger_client/calls_in_flight.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"

namespace hq::ledger {

// Lives, through the callbacks it hands out, until `done` has been called.
class AppendCall : public std::enable_shared_from_this<AppendCall> {
 public:
  // `calls` and `stub` outlive the call.
  AppendCall(CallsInFlight& calls, v1::LedgerService::Stub& stub, std::string token,
             v1::AppendRequest request, EventLog::OnAppended done);

  void Start();

 private:
  void Send();
  void Answered(const grpc::Status& status);
  bool MayRepeat() const;

  const CallsInFlight::Ticket ticket_;  // First, so that it is given back last.
  v1::LedgerService::Stub& stub_;
  const std::string token_;
  const v1::AppendRequest request_;
  const EventLog::OnAppended done_;
  const std::chrono::steady_clock::time_point give_up_at_;
  std::chrono::milliseconds wait_;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::AppendResponse response_;
  // Shared: it may fire, and be let go, while Answered is still setting it.
  std::shared_ptr<grpc::Alarm> alarm_;
};

}  // namespace hq::ledger
