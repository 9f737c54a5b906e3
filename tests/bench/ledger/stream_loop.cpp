#include "tests/bench/ledger/stream_loop.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <vector>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "tests/bench/harness/window.hpp"
#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr const char* kStreamMethod = "/hq.ledger.v1.LedgerService/AppendStream";
constexpr auto kStreamTimeout = std::chrono::hours(1);

// Three operations are under way at the most: one write, one read, and the end.
class StreamLoop {
 public:
  StreamLoop(const LedgerTarget& target, const AppendLoad& load,
             std::atomic<std::uint64_t>& acknowledged)
      : load_(load),
        stream_(target.stream_prefix + "-stream"),
        meter_(load, acknowledged),
        stub_(rpc::Connect(target.address)) {
    for (const auto& batch : BatchPool(load_.batch)) pool_.emplace_back(EventFields(batch));
    rpc::Prepare(context_, target.token, kStreamTimeout);
    context_.set_wait_for_ready(true);
    call_ = stub_.PrepareCall(&context_, kStreamMethod, &queue_);
  }

  Result<AppendResult> Run() {
    meter_.Start();
    call_->StartCall(&start_tag_);
    void* tag = nullptr;
    bool is_ok = false;
    while (!is_ended_ && queue_.Next(&tag, &is_ok)) Handle(tag, is_ok);
    queue_.Shutdown();
    while (queue_.Next(&tag, &is_ok)) {
    }
    HQ_RETURN_IF_ERROR(failure_);
    if (!status_.ok()) return absl::UnavailableError("ledger: " + status_.error_message());
    return std::move(meter_).Result();
  }

 private:
  void Handle(const void* tag, bool is_ok) {
    if (tag == &start_tag_) {
      call_->Read(&answer_, &read_tag_);
      Write();
    } else if (tag == &write_tag_) {
      is_writing_ = false;
      if (is_ok) Write();
    } else if (tag == &read_tag_) {
      if (!is_ok) return call_->Finish(&status_, &end_tag_);
      TakeAnswers();
      call_->Read(&answer_, &read_tag_);
      Write();
    } else if (tag == &end_tag_) {
      is_ended_ = true;
    }
  }

  // Fills the window. A message behind which another one follows at once is only put into the
  // buffer, so that many go out in one system call.
  void Write() {
    if (is_writing_ || is_done_ || sent_at_.size() >= kStreamWindow) return;
    is_writing_ = true;
    if (!failure_.ok() || meter_.IsOver(sent_)) {
      is_done_ = true;
      return call_->WritesDone(&write_tag_);
    }
    const auto batch = static_cast<std::uint64_t>(load_.batch);
    const grpc::Slice& events = pool_[(sent_ / batch) % pool_.size()];
    const grpc::Slice slices[] = {AppendStreamHeader(stream_, sent_, events.size()), events};
    sent_ += batch;
    sent_at_.push_back(Now());
    grpc::WriteOptions options;
    if (sent_at_.size() < kStreamWindow) options.set_buffer_hint();
    call_->Write(grpc::ByteBuffer(slices, 2), options, &write_tag_);
  }

  void TakeAnswers() {
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (answer_.Dump(&slices).ok())
      for (const auto& slice : slices)
        bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    if (!response_.ParseFromString(bytes)) failure_ = absl::InternalError("ledger: nonsense");
    for (const auto& outcome : response_.outcomes()) {
      if (outcome.has_error() && failure_.ok())
        failure_ = absl::UnavailableError("ledger: " + outcome.error().message());
      meter_.Acknowledged(static_cast<std::uint64_t>(load_.batch), sent_at_.front());
      sent_at_.pop_front();
    }
  }

  const AppendLoad load_;
  const std::string stream_;
  Meter meter_;
  std::vector<grpc::Slice> pool_;
  std::deque<SteadyTime> sent_at_;  // Of the messages on their way.
  std::uint64_t sent_ = 0;          // Events; the stream's version, too.
  bool is_writing_ = false;
  bool is_done_ = false;
  bool is_ended_ = false;
  Status failure_;

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer answer_;
  ledger::v1::AppendStreamResponse response_;
  grpc::Status status_;
  char start_tag_ = 0;
  char write_tag_ = 0;
  char read_tag_ = 0;
  char end_tag_ = 0;
};

}  // namespace

Result<AppendResult> RunAppendStream(const LedgerTarget& target, const AppendLoad& load,
                                     std::atomic<std::uint64_t>& acknowledged) {
  return StreamLoop(target, load, acknowledged).Run();
}

}  // namespace hq::bench
