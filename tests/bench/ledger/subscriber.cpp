#include "tests/bench/ledger/subscriber.hpp"

#include "common/grpc/channel.hpp"

namespace hq::bench {
namespace {

constexpr auto kSubscriptionTimeout = std::chrono::hours(2);

}  // namespace

Subscriber::Subscriber(const std::string& address, const std::string& token, std::uint64_t after,
                       OnRecord on_record)
    : stub_(ledger::v1::LedgerService::NewStub(rpc::Connect(address))) {
  rpc::Prepare(context_, token, kSubscriptionTimeout);
  context_.set_wait_for_ready(true);
  ledger::v1::SubscribeRequest request;
  request.mutable_after()->set_position(after);
  reader_ = stub_->Subscribe(&context_, request);
  ledger::v1::SubscribeResponse first;
  reader_->Read(&first);  // From here on it stands.
  if (!on_record) return;
  for (const auto& record : first.records()) on_record(record);
  thread_ = std::jthread(
      [this, on_record = std::move(on_record)]() mutable { Read(std::move(on_record)); });
}

Subscriber::~Subscriber() {
  context_.TryCancel();
  if (thread_.joinable()) thread_.join();
}

void Subscriber::Read(OnRecord on_record) {
  ledger::v1::SubscribeResponse response;
  while (reader_->Read(&response))
    for (const auto& record : response.records()) on_record(record);
}

}  // namespace hq::bench
