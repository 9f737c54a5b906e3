// The EventLog port inside the ledger's own process, bound to one caller and held to that caller's
// rights, as the gRPC service would.
#pragma once

#include "common/events/event_log.hpp"
#include "common/grpc/identity.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"

namespace hq::ledger {

class CallersEventLog final : public EventLog {
 public:
  // `log` outlives it.
  CallersEventLog(RocksEventLog& log, rpc::Caller caller) : log_(log), caller_(std::move(caller)) {}

  void AppendAsync(v1::AppendRequest request, OnAppended done) override;
  Result<StreamSlice> ReadStream(const v1::ReadStreamRequest& request) override;
  Result<Page> Read(const v1::ReadRequest& request) override;
  Result<v1::HeadResponse> Head() override;
  Result<Recorded> Get(const v1::GetRequest& request) override;
  Result<std::string> PutBlob(std::string_view content) override;
  Result<std::string> GetBlob(std::string_view sha256) override;

 private:
  RocksEventLog& log_;
  const rpc::Caller caller_;
};

}  // namespace hq::ledger
