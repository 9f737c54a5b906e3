#include "common/nats/bus.hpp"

#include <mutex>
#include <vector>

#include "common/nats/connection.hpp"

namespace hq::nats {
namespace {

// A runner that falls this far behind is better served by the ledger.
constexpr int kPendingMessagesMax = 65'536;
constexpr int kPendingBytesMax = 64 * 1024 * 1024;
constexpr auto kLastCallbackWait = std::chrono::seconds(10);

}  // namespace

struct Bus::Connection {
  // One subscription and the callback it feeds; lives until its last callback has returned.
  struct Feed {
    OnMessage on_message;
    natsSubscription* subscription = nullptr;
    std::mutex mutex;
    std::condition_variable changed;
    bool is_complete = false;

    ~Feed() { natsSubscription_Destroy(subscription); }
  };

  static void Deliver(natsConnection*, natsSubscription*, natsMsg* message, void* feed);
  static void Completed(void* feed);

  std::unique_ptr<nats::Connection> nats;
  std::mutex mutex;
  std::vector<std::unique_ptr<Feed>> feeds;
};

void Bus::Connection::Deliver(natsConnection*, natsSubscription*, natsMsg* message, void* feed) {
  const char* data = natsMsg_GetData(message);
  const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(message));
  static_cast<Feed*>(feed)->on_message(
      {natsMsg_GetSubject(message), data ? std::string_view(data, size) : std::string_view()});
  natsMsg_Destroy(message);
}

void Bus::Connection::Completed(void* closure) {
  auto* feed = static_cast<Feed*>(closure);
  std::lock_guard lock(feed->mutex);
  feed->is_complete = true;
  feed->changed.notify_all();
}

Bus::Bus(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Result<std::unique_ptr<Bus>> Bus::Connect(const Login& login) {
  HQ_ASSIGN_OR_RETURN(auto nats, nats::Connection::Open(login));
  auto connection = std::make_unique<Connection>();
  connection->nats = std::move(nats);
  return std::unique_ptr<Bus>(new Bus(std::move(connection)));
}

// The connection ends first; only after each subscription's last callback is anything destroyed.
Bus::~Bus() {
  connection_->nats->Close();
  for (const auto& feed : connection_->feeds) {
    std::unique_lock lock(feed->mutex);
    feed->changed.wait_for(lock, kLastCallbackWait, [&feed] { return feed->is_complete; });
  }
  connection_->feeds.clear();
}

Status Bus::Subscribe(const std::string& subject, OnMessage on_message) {
  auto feed = std::make_unique<Connection::Feed>();
  feed->on_message = std::move(on_message);
  natsStatus status = natsConnection_Subscribe(&feed->subscription, connection_->nats->get(),
                                               subject.c_str(), Connection::Deliver, feed.get());
  if (status == NATS_OK)
    status =
        natsSubscription_SetOnCompleteCB(feed->subscription, Connection::Completed, feed.get());
  if (status == NATS_OK)
    status = natsSubscription_SetPendingLimits(feed->subscription, kPendingMessagesMax,
                                               kPendingBytesMax);
  // Kept also on failure: a callback may already be under way.
  const bool has_subscription = feed->subscription != nullptr;
  std::lock_guard lock(connection_->mutex);
  if (has_subscription) connection_->feeds.push_back(std::move(feed));
  if (status == NATS_OK) return absl::OkStatus();
  return absl::UnavailableError("cannot subscribe to " + subject + ": " +
                                natsStatus_GetText(status));
}

bool Bus::is_connected() const { return connection_->nats->is_connected(); }

}  // namespace hq::nats
