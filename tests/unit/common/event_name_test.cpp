// What is read of events that this build does not know.
#include "common/events/event_name.hpp"

#include <gtest/gtest.h>

#include "hq/sync/v1/events.pb.h"
#include "tests/support/scenario.hpp"

namespace hq {
namespace {

TEST(UnpackEventTest, AnEventOfANewerVersionIsNotTakenForNothing) {
  google::protobuf::Any data;
  data.PackFrom(testing::Text<sync::v1::RolloutEvent>("rollout_started {}"));
  sync::v1::RolloutEvent event;
  ASSERT_TRUE(UnpackEvent(data, event).ok());
  sync::v1::RolloutEvent newer;
  constexpr int kNoFieldOfOurs = 999;
  newer.GetReflection()->MutableUnknownFields(&newer)->AddLengthDelimited(kNoFieldOfOurs, "new");
  data.PackFrom(newer);
  const Status refused = UnpackEvent(data, event);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "WRITTEN_BY_A_NEWER_VERSION");
}

}  // namespace
}  // namespace hq
