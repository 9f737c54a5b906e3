// What a rollout left behind, told so that two of them can be compared: commits, ids, numbers and
// times have become names in the order in which they come up.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/events/event_log.hpp"

namespace hq::demo {

// What was told, by what it is about: "cell_rollout of koosy" holds that stream's events with their
// data, "effects of koosy" what was done outside.
using Story = std::map<std::string, std::vector<std::string>>;

// Gives what differs from run to run the same name in each. One per text that is compared.
class Renamer {
 public:
  // The text with every commit, id, number of a pull request, digest and time as "<1>", "<2>", ….
  std::string Rename(const std::string& text);

 private:
  std::map<std::string, std::string> names_;
};

// The story of the ledger's records: domain events in their order, and effects each with its kind
// and target. Deliveries, the fences of attempts and what the ledger says of itself, which comes
// with the day and the disk, are left out. kInternal naming the stream if an effect was not
// intended exactly once, not settled exactly once, or not well.
Result<Story> StoryOf(const std::vector<Recorded>& records);

// A change as `git diff` prints it, without blob ids.
std::vector<std::string> LinesOfChange(const std::string& diff);

// Where the two first differ, for people; empty if they do not.
std::string DifferenceOf(const Story& expected, const Story& actual);

}  // namespace hq::demo
