// The announcement stream and the network in front of it: loses, doubles, swaps and delays what is
// published, and loses the answer to a window's last message; the server forgets its tail,
// everything, or what is old. Who publishes is held to the sequence that is expected, as JetStream
// holds it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/ledger/adapters/announcement_stream.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/luck.hpp"

namespace hq::testing {

class SimulatedStream final : public ledger::AnnouncementStream {
 public:
  struct Message {
    std::uint64_t sequence = 0;
    std::string id;
    std::string payload;
  };

  // Both outlive it.
  SimulatedStream(Luck& luck, Journal& journal) : luck_(luck), journal_(journal) {}

  Result<State> Ensure() override;
  Result<std::optional<std::string>> PayloadAt(std::uint64_t sequence) override;
  Result<std::uint64_t> Publish(const std::vector<ledger::Announcement>& announcements,
                                std::uint64_t last_sequence) override;

  // One thing that goes wrong, or right again, with the network or the server.
  void Shake();

  // From now on nothing goes wrong.
  void Calm();

  // Somebody else's message.
  void Put(const std::string& payload) { messages_.push_back({++last_sequence_, "", payload}); }

  // How often the server was started again. Only so does it lose messages, and every client sees
  // that its connection was cut; what was under way on it is gone with it.
  std::uint64_t restarts() const { return restarts_; }

  const std::deque<Message>& messages() const { return messages_; }
  // Payloads that were stored and have aged out.
  const std::set<std::string>& aged_out() const { return aged_out_; }

 private:
  struct Sent {
    std::string id;
    std::string payload;
    std::uint64_t expected = 0;
    std::string expected_id;  // Empty: none is expected.
  };
  struct Answer {
    bool is_nack = false;
    std::uint64_t sequence = 0;
  };

  bool Fails(std::size_t one_in) { return is_rough_ && luck_.OneIn(one_in); }
  std::vector<Sent> OnTheWire(const std::vector<ledger::Announcement>& announcements,
                              std::uint64_t last_sequence);
  Answer Store(const Sent& sent);
  void LoseTail(std::size_t count);
  void AgeOut(std::size_t count);

  Luck& luck_;
  Journal& journal_;
  bool is_rough_ = true;
  bool is_parted_ = false;
  std::deque<Message> messages_;
  std::uint64_t last_sequence_ = 0;
  std::map<std::string, std::uint64_t> recent_ids_;  // The window of duplicates.
  std::vector<Sent> late_;                           // Under way, longer than anybody waits.
  std::set<std::string> aged_out_;
  std::uint64_t restarts_ = 0;
  std::uint64_t seen_to_ = 0;  // Up to where the publisher has published.
};

}  // namespace hq::testing
