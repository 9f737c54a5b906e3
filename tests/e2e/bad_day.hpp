// One bad release after another, on a franchise of two cells and with short delays: papafly takes
// it, koosy fails, both are taken back, koosy is locked. Everything ends where it began, so that
// one run can be compared with another, and with one in which sync was killed at some step.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/demo/stage.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::demo {

// What the ledger says of one rollout, but for times and ids: the events' names, by what their
// stream is about.
using Story = std::map<std::string, std::vector<std::string>>;

class BadDay {
 public:
  // A house with the two cells registered. kUnavailable and others if it cannot be had.
  static Result<std::unique_ptr<BadDay>> Begin();

  struct Outcome {
    bool was_killed = false;  // Whether sync came to the fault point.
    Story story;
  };

  // Plays one rollout. With a fault ("log.append.after:7") sync dies there, and is started again
  // without one. An error names what is not as it must be: a cell's tree, the number of its pull
  // requests, koosy's lock, an effect without an outcome.
  Result<Outcome> Play(const std::string& fault);

  // Ends every program. kInternal if one did not end with exit code 0.
  Status End() { return stage_->house->StopAll(); }

 private:
  BadDay() = default;
  Status SetUp();
  Result<std::string> PlanOne();
  Result<bool> Start(const std::string& rollout_id);
  Result<bool> AwaitEnd(const std::string& rollout_id, bool was_killed);
  Status CheckCells(const std::map<std::string, std::string>& trees, std::size_t seen_requests);
  Result<Story> StoryOf(const std::string& rollout_id, Position after);

  testing::TempDir directory_;
  std::unique_ptr<Stage> stage_;
  std::string release_id_;
  int number_ = 0;
};

}  // namespace hq::demo
