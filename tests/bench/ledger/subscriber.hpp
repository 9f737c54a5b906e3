// A subscription to the ledger on a thread of its own: one that hands over every record, and one
// that never reads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "hq/ledger/v1/ledger_service.grpc.pb.h"

namespace hq::bench {

// Ends when it is destroyed.
class Subscriber {
 public:
  using OnRecord = std::function<void(const ledger::v1::Record&)>;

  // Everything after `after`. `on_record` is called from the subscriber's thread; without one,
  // nothing is read beyond the first message: the subscriber stalls.
  Subscriber(const std::string& address, const std::string& token, std::uint64_t after,
             OnRecord on_record);
  ~Subscriber();

 private:
  void Read(OnRecord on_record);

  std::unique_ptr<ledger::v1::LedgerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<ledger::v1::SubscribeResponse>> reader_;
  std::jthread thread_;
};

}  // namespace hq::bench
