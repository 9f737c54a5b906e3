// EventLog over gRPC: what every service but the ledger itself uses.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "common/events/event_log.hpp"

namespace hq::ledger {

// Waits in its destructor for appends that are under way; so never let one of their callbacks
// destroy it.
class LedgerClient final : public EventLog {
 public:
  // `address` is host:port; nothing is connected before the first call. `token` is the service's
  // own.
  LedgerClient(const std::string& address, std::string token);
  ~LedgerClient() override;

  void AppendAsync(v1::AppendRequest request, OnAppended done) override;
  Result<StreamSlice> ReadStream(const v1::ReadStreamRequest& request) override;
  Result<Page> Read(const v1::ReadRequest& request) override;
  Result<v1::HeadResponse> Head() override;
  Result<Recorded> Get(const v1::GetRequest& request) override;
  Result<std::string> PutBlob(std::string_view content) override;
  Result<std::string> GetBlob(std::string_view sha256) override;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hq::ledger
