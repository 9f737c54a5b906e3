#include "tests/bench/ledger/read_loop.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <vector>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "tests/bench/harness/meter.hpp"
#include "tests/bench/wire/frame_counter.hpp"

namespace hq::bench {
namespace {

constexpr const char* kReadMethod = "/hq.ledger.v1.LedgerService/Read";
constexpr auto kReadTimeout = std::chrono::minutes(30);

FrameCount CountIn(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  if (!message.Dump(&slices).ok()) return {};
  std::vector<std::string_view> pieces;
  pieces.reserve(slices.size());
  for (const auto& slice : slices)
    pieces.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return CountFrames(pieces);
}

grpc::ByteBuffer RequestFor(std::uint64_t events) {
  ledger::v1::ReadRequest request;
  request.set_limit(events);
  const grpc::Slice slice(request.SerializeAsString());
  return {&slice, 1};
}

// One operation on the stream at a time.
class ReadStream {
 public:
  ReadStream(const std::string& address, const std::string& token, std::uint64_t events)
      : stub_(rpc::Connect(address)) {
    rpc::Prepare(context_, token, kReadTimeout);
    context_.set_wait_for_ready(true);
    call_ = stub_.PrepareCall(&context_, kReadMethod, &queue_);
    call_->StartCall(this);
    Wait();
    call_->WriteLast(RequestFor(events), grpc::WriteOptions(), this);
    Wait();
  }

  void StartRead(grpc::ByteBuffer& message) { call_->Read(&message, this); }

  bool Wait() {
    void* tag = nullptr;
    bool is_ok = false;
    return queue_.Next(&tag, &is_ok) && is_ok;
  }

  Status Finish() {
    grpc::Status status;
    call_->Finish(&status, this);
    Wait();
    queue_.Shutdown();
    if (status.ok()) return absl::OkStatus();
    return absl::InternalError("ledger: " + status.error_message());
  }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace

// While a chunk is counted the next one is already on its way.
Result<double> ReadFromTheBeginning(const std::string& address, const std::string& token,
                                    std::uint64_t events) {
  const SteadyTime since = Now();
  ReadStream stream(address, token, events);
  grpc::ByteBuffer chunks[2];
  std::uint64_t seen = 0;
  bool is_well_formed = true;
  std::size_t current = 0;
  stream.StartRead(chunks[current]);
  while (stream.Wait()) {
    const std::size_t next = 1 - current;
    stream.StartRead(chunks[next]);
    const FrameCount count = CountIn(chunks[current]);
    seen += count.frames;
    is_well_formed = is_well_formed && count.is_whole;
    current = next;
  }
  const double seconds = SecondsBetween(since, Now());
  HQ_RETURN_IF_ERROR(stream.Finish());
  if (seen != events || !is_well_formed)
    return absl::InternalError("ledger: " + std::to_string(seen) + " records came");
  return static_cast<double>(events) / seconds;
}

}  // namespace hq::bench
