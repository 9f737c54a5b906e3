#include "tests/bench/ledger/stream_loop.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <vector>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "tests/bench/harness/window.hpp"
#include "tests/bench/ledger/shares.hpp"
#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr const char* kStreamMethod = "/hq.ledger.v1.LedgerService/AppendStream";
constexpr auto kStreamTimeout = std::chrono::hours(1);

// One client's call. Three operations are under way at the most: one write, one read, and the end.
struct Session {
  enum class Step { kStart, kWrite, kRead, kEnd };
  struct Operation {
    Session* session;
    Step step;
  };

  std::string stream;
  std::deque<SteadyTime> sent_at;  // Of the messages on their way.
  std::uint64_t version = 0;       // The stream's, with what is on its way.
  bool is_writing = false;
  bool is_done = false;

  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::ByteBuffer answer;
  ledger::v1::AppendStreamResponse response;
  grpc::Status status;
  Operation start{this, Step::kStart};
  Operation write{this, Step::kWrite};
  Operation read{this, Step::kRead};
  Operation end{this, Step::kEnd};
};

// One thread's share of the clients: a connection, a completion queue, one call a client.
class StreamWorker {
 public:
  StreamWorker(const LedgerTarget& target, const AppendLoad& load, int first_client,
               std::size_t window, std::atomic<std::uint64_t>& acknowledged)
      : load_(load),
        window_(window),
        meter_(load, acknowledged),
        stub_(rpc::Connect(target.address)) {
    for (const auto& batch : BatchPool(load_.batch)) pool_.emplace_back(EventFields(batch));
    for (int i = 0; i < load.clients; ++i) {
      Session& session = *sessions_.emplace_back(std::make_unique<Session>());
      session.stream = target.stream_prefix + "-" + std::to_string(first_client + i);
      rpc::Prepare(session.context, target.token, kStreamTimeout);
      session.context.set_wait_for_ready(true);
      session.call = stub_.PrepareCall(&session.context, kStreamMethod, &queue_);
    }
  }

  Status Run() {
    meter_.Start();
    for (const auto& session : sessions_) session->call->StartCall(&session->start);
    open_ = sessions_.size();
    void* tag = nullptr;
    bool is_ok = false;
    while (open_ > 0 && queue_.Next(&tag, &is_ok))
      Handle(*static_cast<Session::Operation*>(tag), is_ok);
    queue_.Shutdown();
    while (queue_.Next(&tag, &is_ok)) {
    }
    return failure_;
  }

  AppendResult Result() { return std::move(meter_).Result(); }

 private:
  void Handle(const Session::Operation& operation, bool is_ok) {
    Session& session = *operation.session;
    switch (operation.step) {
      case Session::Step::kStart:
        session.call->Read(&session.answer, &session.read);
        return Write(session);
      case Session::Step::kWrite:
        session.is_writing = false;
        if (is_ok) Write(session);
        return;
      case Session::Step::kRead:
        if (!is_ok) return session.call->Finish(&session.status, &session.end);
        TakeAnswers(session);
        session.call->Read(&session.answer, &session.read);
        return Write(session);
      case Session::Step::kEnd:
        --open_;
        if (!session.status.ok())
          failure_.Update(absl::UnavailableError("ledger: " + session.status.error_message()));
    }
  }

  // Fills the window. A message behind which another one follows at once is only put into the
  // buffer, so that many go out in one system call.
  void Write(Session& session) {
    if (session.is_writing || session.is_done || session.sent_at.size() >= window_) return;
    session.is_writing = true;
    if (!failure_.ok() || meter_.IsOver(sent_)) {
      session.is_done = true;
      return session.call->WritesDone(&session.write);
    }
    const auto batch = static_cast<std::uint64_t>(load_.batch);
    const grpc::Slice& events = pool_[(sent_ / batch) % pool_.size()];
    const grpc::Slice slices[] = {
        AppendStreamHeader(session.stream, session.version, events.size()), events};
    session.version += batch;
    sent_ += batch;
    session.sent_at.push_back(Now());
    grpc::WriteOptions options;
    if (session.sent_at.size() < window_) options.set_buffer_hint();
    session.call->Write(grpc::ByteBuffer(slices, 2), options, &session.write);
  }

  void TakeAnswers(Session& session) {
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (session.answer.Dump(&slices).ok())
      for (const auto& slice : slices)
        bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    if (!session.response.ParseFromString(bytes))
      failure_.Update(absl::InternalError("ledger: nonsense"));
    for (const auto& outcome : session.response.outcomes()) {
      if (outcome.has_error())
        failure_.Update(absl::UnavailableError("ledger: " + outcome.error().message()));
      meter_.Acknowledged(static_cast<std::uint64_t>(load_.batch), session.sent_at.front());
      session.sent_at.pop_front();
    }
  }

  const AppendLoad load_;
  const std::size_t window_;
  Meter meter_;
  std::vector<grpc::Slice> pool_;
  std::uint64_t sent_ = 0;  // Events.
  std::size_t open_ = 0;    // Calls.
  Status failure_;

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace

Result<AppendResult> RunAppendStreams(const LedgerTarget& target, const AppendLoad& load,
                                      std::atomic<std::uint64_t>& acknowledged) {
  const std::size_t window = load.kind == AppendLoad::Kind::kStreaming ? kStreamWindow : 1;
  return RunShares(load, [&](const AppendLoad& share, int first_client) {
    return std::make_unique<StreamWorker>(target, share, first_client, window, acknowledged);
  });
}

}  // namespace hq::bench
