#include "tests/bench/ledger/append_at_rate.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <thread>

#include "common/grpc/channel.hpp"
#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr const char* kTimedAppendMethod = "/hq.ledger.v1.LedgerService/Append";
constexpr auto kTimedAppendTimeout = std::chrono::seconds(60);

struct TimedCall {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
};

// Takes the answers until the queue is shut down; what the first refusal said.
Status TakeAnswers(grpc::CompletionQueue& queue) {
  Status failure;
  void* tag = nullptr;
  bool is_ok = false;
  while (queue.Next(&tag, &is_ok)) {
    const std::unique_ptr<TimedCall> call(static_cast<TimedCall*>(tag));
    if (!call->status.ok() && failure.ok())
      failure = absl::UnavailableError("ledger: " + call->status.error_message());
  }
  return failure;
}

}  // namespace

Result<std::uint64_t> AppendAtRate(const std::string& address, const std::string& token,
                                   const std::string& stream, const OpenLoop& loop) {
  grpc::GenericStub stub(rpc::Connect(address));
  grpc::CompletionQueue queue;
  Status failure;
  std::jthread answers([&] { failure = TakeAnswers(queue); });
  std::mt19937_64 random(1);
  const TimePoint begin = std::chrono::system_clock::now();
  for (std::uint64_t i = 0; i < loop.Count(); ++i) {
    const TimePoint due = loop.DueAt(begin, i);
    const std::string event = EventFields({NewEventBytes(random, ToMicros(due))});
    // In one stream, at whatever version it has: calls on their way may overtake one another.
    const grpc::Slice slice(AppendHeader(stream, std::nullopt, event.size()) + event);
    auto* call = new TimedCall;  // TakeAnswers deletes it.
    rpc::Prepare(call->context, token, kTimedAppendTimeout);
    std::this_thread::sleep_until(due);
    call->reader = stub.PrepareUnaryCall(&call->context, kTimedAppendMethod,
                                         grpc::ByteBuffer(&slice, 1), &queue);
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, call);
  }
  queue.Shutdown();
  answers.join();
  HQ_RETURN_IF_ERROR(failure);
  return loop.Count();
}

}  // namespace hq::bench
