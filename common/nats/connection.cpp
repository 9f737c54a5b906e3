#include "common/nats/connection.hpp"

#include <chrono>

namespace hq::nats {
namespace {

constexpr int kReconnectWaitMs = 100;
constexpr int kPingIntervalMs = 5'000;
constexpr int kConnectTimeoutMs = 2'000;
constexpr int kWriteDeadlineMs = 5'000;

// The library calls it after the first connection made in the background. That it is set at all is
// what makes the first connection one that is retried without blocking.
void OnConnected(natsConnection*, void*) {}

// Without one the library writes its errors to stderr. What matters of them is seen elsewhere: a
// gap in positions, a publication without an answer.
void OnError(natsConnection*, natsSubscription*, natsStatus, void*) {}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const Login& login, WhenLost when_lost) {
  std::unique_ptr<Connection> made(new Connection);
  const natsStatus configured = made->Configure(login, when_lost);
  if (configured != NATS_OK)
    return absl::InvalidArgumentError(std::string("NATS settings: ") +
                                      natsStatus_GetText(configured));
  const natsStatus status = natsConnection_Connect(&made->connection_, made->options_);
  if (status == NATS_OK || status == NATS_NOT_YET_CONNECTED) return made;
  made->is_gone_ = true;
  const std::string message = "NATS at " + login.url + ": " + natsStatus_GetText(status);
  if (status == NATS_INVALID_ARG) return absl::InvalidArgumentError(message);
  return absl::UnavailableError(message);
}

Connection::~Connection() {
  Close();
  natsConnection_Destroy(connection_);
  natsOptions_Destroy(options_);
  nats_ReleaseThreadMemory();  // The thread's last error, which nobody frees at the process's end.
}

natsStatus Connection::Configure(const Login& login, WhenLost when_lost) {
  natsStatus status = natsOptions_Create(&options_);
  const auto then = [&status](auto set) {
    if (status == NATS_OK) status = set();
  };
  then([&] { return natsOptions_SetURL(options_, login.url.c_str()); });
  if (!login.user.empty())
    then([&] {
      return natsOptions_SetUserInfo(options_, login.user.c_str(), login.password.c_str());
    });
  then([&] { return natsOptions_SetTimeout(options_, kConnectTimeoutMs); });
  if (when_lost == WhenLost::kStayClosed) {
    then([&] { return natsOptions_SetAllowReconnect(options_, false); });
  } else {
    then([&] { return natsOptions_SetMaxReconnect(options_, -1); });
    then([&] { return natsOptions_SetReconnectWait(options_, kReconnectWaitMs); });
    then([&] {
      return natsOptions_SetReconnectJitter(options_, kReconnectWaitMs, kReconnectWaitMs);
    });
    then([&] { return natsOptions_SetRetryOnFailedConnect(options_, true, OnConnected, nullptr); });
  }
  then([&] { return natsOptions_SetPingInterval(options_, kPingIntervalMs); });
  then([&] { return natsOptions_SetWriteDeadline(options_, kWriteDeadlineMs); });
  then([&] { return natsOptions_SetFailRequestsOnDisconnect(options_, true); });
  then([&] { return natsOptions_SetErrorHandler(options_, OnError, nullptr); });
  then([&] { return natsOptions_SetClosedCB(options_, &Connection::OnClosed, this); });
  return status;
}

bool Connection::is_connected() const {
  return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
}

bool Connection::is_closed() const { return natsConnection_IsClosed(connection_); }

void Connection::OnClosed(natsConnection*, void* self) {
  auto* connection = static_cast<Connection*>(self);
  std::lock_guard lock(connection->mutex_);
  connection->is_gone_ = true;
  connection->changed_.notify_all();
}

void Connection::Close() {
  if (!connection_) return;
  natsConnection_Close(connection_);
  std::unique_lock lock(mutex_);
  // The client calls OnClosed from a thread of its own; a bound in case it never does.
  changed_.wait_for(lock, std::chrono::seconds(10), [this] { return is_gone_; });
}

}  // namespace hq::nats
