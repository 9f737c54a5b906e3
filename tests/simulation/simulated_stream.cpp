#include "tests/simulation/simulated_stream.hpp"

#include <algorithm>
#include <utility>

namespace hq::testing {
namespace {

Status Away() { return absl::UnavailableError("announcements: no answer"); }

std::string HeaderOf(const ledger::Announcement& announcement, const std::string& wanted) {
  for (const auto& [name, value] : announcement.headers)
    if (name == wanted) return value;
  return "";
}

}  // namespace

Result<ledger::AnnouncementStream::State> SimulatedStream::Ensure() {
  if (is_parted_ || Fails(30)) return Away();
  State state;
  state.messages = messages_.size();
  state.last_sequence = last_sequence_;
  state.first_sequence = messages_.empty() ? last_sequence_ + 1 : messages_.front().sequence;
  return state;
}

Result<std::optional<std::string>> SimulatedStream::PayloadAt(std::uint64_t sequence) {
  if (is_parted_ || Fails(30)) return Away();
  for (const Message& message : messages_)
    if (message.sequence == sequence) return std::optional(message.payload);
  return std::optional<std::string>();
}

Result<std::uint64_t> SimulatedStream::Publish(
    const std::vector<ledger::Announcement>& announcements, std::uint64_t last_sequence) {
  if (is_parted_) return Away();
  const std::uint64_t last = last_sequence + announcements.size();
  bool is_answered = false;
  Answer answer;  // The first to the last message; nobody asks for another one.
  for (const Sent& sent : OnTheWire(announcements, last_sequence)) {
    const Answer stored = Store(sent);
    if (sent.expected + 1 == last && !std::exchange(is_answered, true)) answer = stored;
  }
  if (Fails(20)) is_answered = false;
  journal_.Say("published " + std::to_string(announcements.size()) + " from " +
               HeaderOf(announcements.front(), "Nats-Msg-Id") + " behind " +
               std::to_string(last_sequence) + (is_answered ? "" : ", no answer") +
               (answer.is_nack ? ", refused" : "") + ", last is " + std::to_string(last_sequence_));
  if (!is_answered) return Away();
  if (answer.is_nack) return absl::UnavailableError("announcements: wrong last sequence (10071)");
  if (answer.sequence != last)
    return absl::UnavailableError("announcements: stored elsewhere than expected");
  seen_to_ = last;
  return last;
}

std::vector<SimulatedStream::Sent> SimulatedStream::OnTheWire(
    const std::vector<ledger::Announcement>& announcements, std::uint64_t last_sequence) {
  std::vector<Sent> wire;
  const bool is_bad_window = Fails(3);
  for (const auto& announcement : announcements) {
    Sent sent{HeaderOf(announcement, "Nats-Msg-Id"), announcement.payload, last_sequence++,
              HeaderOf(announcement, "Nats-Expected-Last-Msg-Id")};
    switch (is_bad_window ? luck_.Below(12) : 12) {
      case 0:  // Lost.
        break;
      case 1:
        late_.push_back(std::move(sent));
        break;
      case 2:
        wire.push_back(sent);
        wire.push_back(std::move(sent));
        break;
      case 3:
        wire.push_back(std::move(sent));
        if (wire.size() > 1) std::swap(wire.back(), wire[wire.size() - 2]);
        break;
      default:
        wire.push_back(std::move(sent));
    }
  }
  return wire;
}

// As JetStream looks: first whether it has the id, then whether the sequence is the expected one,
// then the id before it.
SimulatedStream::Answer SimulatedStream::Store(const Sent& sent) {
  const auto known = recent_ids_.find(sent.id);
  if (known != recent_ids_.end()) return {false, known->second};
  if (sent.expected != last_sequence_) return {true, 0};
  const std::string last_id = messages_.empty() ? "" : messages_.back().id;
  if (!sent.expected_id.empty() && sent.expected_id != last_id) return {true, 0};
  messages_.push_back({++last_sequence_, sent.id, sent.payload});
  recent_ids_[sent.id] = last_sequence_;
  return {false, last_sequence_};
}

void SimulatedStream::Shake() {
  switch (luck_.Below(10)) {
    case 0:
    case 1:
    case 2:
      is_parted_ = !is_parted_;
      journal_.Say(is_parted_ ? "NATS is parted" : "NATS is back");
      break;
    case 3:
    case 4:
      if (late_.empty()) break;
      journal_.Say("a late announcement arrives");
      Store(late_.back());
      late_.pop_back();
      break;
    case 5:
      journal_.Say("NATS loses its tail");
      LoseTail(luck_.Below(messages_.size() + 1));
      break;
    case 6:
      journal_.Say("NATS loses everything");
      LoseTail(messages_.size());
      last_sequence_ = 0;
      seen_to_ = 0;
      break;
    case 7:
      journal_.Say("announcements age out");
      AgeOut(luck_.OneIn(3) ? messages_.size() : luck_.Below(messages_.size() + 1));
      break;
    case 8:
      journal_.Say("a stray message");
      Put(luck_.OneIn(2) ? "" : "not a record");
      break;
    default:  // The window of duplicates has passed, and with it whatever was under way.
      journal_.Say("two minutes pass");
      recent_ids_.clear();
      late_.clear();
  }
}

// The last sequence falls back only as far as messages were lost: what has aged out stays counted.
void SimulatedStream::LoseTail(std::size_t count) {
  ++restarts_;
  late_.clear();
  for (; count > 0; --count) {
    last_sequence_ = messages_.back().sequence - 1;
    messages_.pop_back();
  }
  seen_to_ = std::min(seen_to_, last_sequence_);
  recent_ids_.clear();
  for (const Message& message : messages_)
    if (!message.id.empty()) recent_ids_[message.id] = message.sequence;
}

// Not what the publisher has published nothing behind. A week passes before a message ages out: if
// meanwhile the tail was lost, somebody else wrote in its place, and that has gone as well, nothing
// is left that could tell.
void SimulatedStream::AgeOut(std::size_t count) {
  for (; count > 0 && messages_.front().sequence <= seen_to_; --count) {
    aged_out_.insert(messages_.front().payload);
    messages_.pop_front();
  }
}

void SimulatedStream::Calm() {
  is_rough_ = false;
  is_parted_ = false;
  recent_ids_.clear();
  late_.clear();
}

}  // namespace hq::testing
