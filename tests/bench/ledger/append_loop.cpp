#include "tests/bench/ledger/append_loop.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "common/grpc/channel.hpp"
#include "tests/bench/ledger/shares.hpp"
#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr const char* kAppendMethod = "/hq.ledger.v1.LedgerService/Append";
constexpr auto kAppendTimeout = std::chrono::seconds(60);

// One thread's share of the clients: a connection, a completion queue, one call a client.
class AppendWorker {
 public:
  AppendWorker(const LedgerTarget& target, const AppendLoad& load, int first_client,
               const std::vector<grpc::Slice>& pool, std::atomic<std::uint64_t>& acknowledged)
      : target_(target),
        load_(load),
        pool_(pool),
        meter_(load, acknowledged),
        stub_(rpc::Connect(target.address)),
        clients_(static_cast<std::size_t>(load.clients)) {
    for (std::size_t i = 0; i < clients_.size(); ++i)
      clients_[i].stream =
          target.stream_prefix + "-" + std::to_string(first_client + static_cast<int>(i));
  }

  Status Run() {
    meter_.Start();
    for (Client& client : clients_) Send(client);
    void* tag = nullptr;
    bool is_ok = false;
    while (busy_ > 0 && queue_.Next(&tag, &is_ok)) Receive(*static_cast<Client*>(tag));
    queue_.Shutdown();
    while (queue_.Next(&tag, &is_ok)) {
    }
    return failure_;
  }

  AppendResult Result() { return std::move(meter_).Result(); }

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
    grpc::ByteBuffer response;
    grpc::Status status;
  };
  struct Client {
    std::string stream;
    std::uint64_t version = 0;
    SteadyTime sent_at;
    std::unique_ptr<Call> call;
  };

  void Send(Client& client) {
    if (!failure_.ok() || meter_.IsOver(sent_)) return;
    const auto batch = static_cast<std::uint64_t>(load_.batch);
    const grpc::Slice& events = pool_[(sent_ / batch) % pool_.size()];
    const grpc::Slice header(AppendHeader(client.stream, client.version, events.size()));
    const grpc::Slice slices[] = {header, events};
    const grpc::ByteBuffer request(slices, 2);
    client.call = std::make_unique<Call>();
    rpc::Prepare(client.call->context, target_.token, kAppendTimeout);
    client.sent_at = Now();
    client.call->reader =
        stub_.PrepareUnaryCall(&client.call->context, kAppendMethod, request, &queue_);
    client.call->reader->StartCall();
    client.call->reader->Finish(&client.call->response, &client.call->status, &client);
    client.version += batch;
    sent_ += batch;
    ++busy_;
  }

  void Receive(Client& client) {
    --busy_;
    if (!client.call->status.ok()) {
      failure_ = absl::UnavailableError("ledger: " + client.call->status.error_message());
      return;
    }
    meter_.Acknowledged(static_cast<std::uint64_t>(load_.batch), client.sent_at);
    Send(client);
  }

  const LedgerTarget& target_;
  const AppendLoad load_;
  const std::vector<grpc::Slice>& pool_;
  Meter meter_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::vector<Client> clients_;
  std::uint64_t sent_ = 0;  // Events.
  int busy_ = 0;            // Calls.
  Status failure_;
};

}  // namespace

Result<AppendResult> RunAppends(const LedgerTarget& target, const AppendLoad& load,
                                std::atomic<std::uint64_t>& acknowledged) {
  std::vector<grpc::Slice> pool;
  for (const auto& batch : BatchPool(load.batch)) pool.emplace_back(EventFields(batch));
  return RunShares(load, [&](const AppendLoad& share, int first_client) {
    return std::make_unique<AppendWorker>(target, share, first_client, pool, acknowledged);
  });
}

}  // namespace hq::bench
