#include "tests/bench/peers/jetstream.hpp"

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "tests/bench/peers/jetstream_publisher.hpp"
#include "tests/bench/report/marks.hpp"
#include "tests/support/free_port.hpp"

namespace hq::bench {

Result<std::unique_ptr<JetStream>> JetStream::Start(Durability durability) {
  std::unique_ptr<JetStream> jetstream(new JetStream(durability));
  HQ_RETURN_IF_ERROR(jetstream->Initialise());
  HQ_RETURN_IF_ERROR(jetstream->Restart());
  return jetstream;
}

JetStream::~JetStream() { stream_.reset(); }

Status JetStream::Initialise() {
  port_ = testing::FreePort();
  url_ = "nats://127.0.0.1:" + std::to_string(port_);
  std::filesystem::create_directory(data_dir());
  std::ofstream(server_.directory() / "nats.conf")
      << "listen: \"127.0.0.1:" << port_ << "\"\njetstream { store_dir: \"" << data_dir()
      << "\", max_file_store: 64GB }\n";
  if (durability_ == Durability::kPageCache) return absl::OkStatus();
  const Status status = RunToEnd({"chattr", "+S", data_dir()}, server_.directory() / "chattr.log");
  return status.ok() ? status : absl::UnimplementedError(status.message());
}

std::string JetStream::name() const {
  return std::string(durability_ == Durability::kFsync ? kJetStreamSynced : kJetStream);
}

Status JetStream::Restart() {
  HQ_RETURN_IF_ERROR(server_.Start({"nats-server", "-c", server_.directory() / "nats.conf"},
                                   [this] { return testing::TakesConnections(port_); }));
  HQ_ASSIGN_OR_RETURN(stream_, JetStreamStream::Connect(Login()));
  return absl::OkStatus();
}

Status JetStream::Kill() { return server_.End(SIGKILL); }

Status JetStream::Reset() {
  acknowledged_ = 0;
  return stream_->MakeAnew();
}

Result<AppendResult> JetStream::Append(const AppendLoad& load) {
  HQ_ASSIGN_OR_RETURN(const auto publisher,
                      JetStreamPublisher::Connect(Login(), load, acknowledged_));
  HQ_ASSIGN_OR_RETURN(const std::uint64_t last, stream_->LastSequence());
  return publisher->Run(last);
}

Result<double> JetStream::CatchUp(std::uint64_t events) { return stream_->ReadOrdered(events); }

Result<std::uint64_t> JetStream::Stored() { return stream_->LastSequence(); }

}  // namespace hq::bench
