#include "tests/demo/subscriber.hpp"

#include <algorithm>

namespace hq::demo {

Result<std::unique_ptr<Subscriber>> Subscriber::To(const std::string& subject,
                                                   const nats::Login& login) {
  std::unique_ptr<Subscriber> subscriber(new Subscriber);
  HQ_ASSIGN_OR_RETURN(subscriber->bus_, nats::Bus::Connect(login));
  Subscriber* self = subscriber.get();
  HQ_RETURN_IF_ERROR(self->bus_->Subscribe(subject, [self](const nats::Message& message) {
    ledger::v1::Record record;
    if (!record.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size())))
      return;
    const std::string expected = "hq.events." + record.branch() + "." + record.event();
    if (message.subject != expected) return;
    const std::lock_guard lock(self->mutex_);
    self->heard_.push_back(std::move(record));
  }));
  return subscriber;
}

std::vector<ledger::v1::Record> Subscriber::Heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

bool Subscriber::HasHeard(const std::string& branch, const std::string& event) const {
  const auto heard = Heard();
  return std::any_of(heard.begin(), heard.end(), [&](const auto& record) {
    return record.branch() == branch && record.event() == event;
  });
}

}  // namespace hq::demo
