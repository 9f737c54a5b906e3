// The demo's six steps, as `./dev demo` plays them. Each stands on the stage that the one before
// left, so they are one test: its failure names the step and what was not seen.
#include <gtest/gtest.h>

#include "tests/demo/steps.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::demo {
namespace {

TEST(Demo, SixStepsAreSeenFromOutside) {
  const testing::TempDir directory;
  const auto stage = Stage::Open(directory.path(), HQ_BIN_DIR);
  ASSERT_TRUE(stage.ok()) << stage.status();
  int number = 0;
  for (const auto step : {Step1, Step2, Step3, Step4, Step5, Step6}) {
    ++number;
    const Status status = step(**stage);
    ASSERT_TRUE(status.ok()) << "step " << number << ": " << status;
  }
  const Status ended = (*stage)->house->StopAll();
  EXPECT_TRUE(ended.ok()) << ended;
}

}  // namespace
}  // namespace hq::demo
