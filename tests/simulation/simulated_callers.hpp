// Those who append, and the network between them and the ledger: calls and answers are lost,
// doubled, swapped and late. Who gets no answer asks again under the same command id, and there is
// one answer to that: the first.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/grpc/identity.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/luck.hpp"
#include "tests/simulation/simulated_ledger.hpp"

namespace hq::testing {

class SimulatedCallers {
 public:
  // All outlive it.
  SimulatedCallers(Luck& luck, Journal& journal, SimulatedLedger& ledger)
      : luck_(luck), journal_(journal), ledger_(ledger) {}

  // Somebody wants something, or asks again.
  void Call();
  // One call or answer gets through, or does not.
  void Carry();
  // A call that nothing can refuse.
  void Note();

  // Everybody asks again until he is answered, over a network that works.
  void Finish();

  // What was acknowledged, by the command's number.
  const std::map<std::size_t, ledger::v1::Receipt>& acknowledged() const { return acknowledged_; }
  const ledger::v1::AppendRequest& request(std::size_t command) const {
    return commands_[command].request;
  }

 private:
  struct Command {
    rpc::Caller caller;
    ledger::v1::AppendRequest request;
    bool is_settled = false;
  };
  struct Letter {
    std::size_t command = 0;
    Result<ledger::v1::AppendResponse> result;
  };

  ledger::v1::AppendRequest Wish();
  void AddStreams(ledger::v1::AppendRequest& request);
  void AddEvents(ledger::v1::StreamAppend& append, const std::string& cell);
  void AddConditions(ledger::v1::AppendRequest& request);
  void Deliver(std::size_t command);
  void Receive(const Letter& letter);

  Luck& luck_;
  Journal& journal_;
  SimulatedLedger& ledger_;
  std::vector<Command> commands_;
  std::deque<std::size_t> calls_;  // Under way.
  std::deque<Letter> answers_;     // Under way.
  std::map<std::size_t, ledger::v1::Receipt> acknowledged_;
  std::map<std::string, Version> seen_versions_;
  Position seen_position_ = 0;
};

}  // namespace hq::testing
