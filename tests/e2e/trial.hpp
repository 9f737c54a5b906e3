// The same rollout again and again in one house with short delays, undisturbed or with sync killed
// at fault points on its way, so that what the rollouts leave behind can be compared.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/demo/stage.hpp"
#include "tests/e2e/desk.hpp"
#include "tests/e2e/story.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::demo {

// What is played.
struct Plot {
  std::string source_ref;  // Each release is this one with a line of its own.
  std::vector<std::string> cells;
  std::string ending;                   // The rollout's last event.
  std::vector<std::string> head_parts;  // A cell gets one pull request from hq/{part}{release}.
};

// Two cells: papafly takes it, koosy fails, both are taken back, koosy is locked.
Plot BadRelease();

// Five cells take it, in three waves.
Plot GoodRelease();

class Trial {
 public:
  // A house with the plot's cells registered, and everything played once. kUnavailable and others
  // if it cannot be had.
  static Result<std::unique_ptr<Trial>> Begin(Plot plot);

  // The fault of sync's next life, e.g. "log.append.after:7"; empty for none.
  using NextFault = std::function<std::string()>;

  struct Outcome {
    int kills = 0;
    Story story;
  };

  // Plays one rollout. An error names what is not as it must be: a cell's tree, the number of its
  // pull requests and merges, koosy's lock, an effect done twice or not at all.
  Result<Outcome> Play(const NextFault& next_fault);
  Result<Outcome> PlayUndisturbed();

  // Ends every program. kInternal if one did not end with exit code 0.
  Status End();

 private:
  explicit Trial(Plot plot) : plot_(std::move(plot)) {}
  Status SetUp();
  Result<std::string> PlanOne();
  Status Start(const std::string& rollout_id);
  Status AwaitEnd(const std::string& rollout_id);
  Status LaunchSync();
  Status WaitReady();
  Result<bool> ReviveSync();
  Status EndSyncsLife();
  Status CheckCells(const std::map<std::string, std::string>& heads, std::size_t seen_requests);
  Status CheckLocks();
  bool TakesBack() const { return plot_.ending == "rollout_rolled_back"; }

  const Plot plot_;
  testing::TempDir directory_;
  std::unique_ptr<Stage> stage_;
  std::unique_ptr<Desk> desk_;
  std::string release_id_;
  NextFault next_fault_;
  std::string fault_;  // Of sync's life now; empty if it is to live on.
  int kills_ = 0;
  int number_ = 0;
};

}  // namespace hq::demo
