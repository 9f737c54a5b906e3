// Goal: what the benchmark's client sends by hand is what protobuf would have sent, and what it
// counts by hand is what protobuf would have parsed.
#include <gtest/gtest.h>

#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "tests/bench/wire/append_wire.hpp"
#include "tests/bench/wire/frame_counter.hpp"

namespace hq::bench {
namespace {

namespace v1 = ledger::v1;

TEST(BenchAppendWire, AnEventIsARealOneAndHasTheSizeOfTheBenchmark) {
  std::mt19937_64 random(7);
  for (const std::int64_t occurred_at_us : {0L, 1L, 1'790'000'000'000'000L}) {
    const std::string bytes = NewEventBytes(random, occurred_at_us);
    EXPECT_EQ(bytes.size(), kEventBytes);
    v1::NewEvent event;
    ASSERT_TRUE(event.ParseFromString(bytes));
    EXPECT_EQ(event.event(), "effect_intended");
    EXPECT_EQ(event.occurred_at_us(), occurred_at_us);
    v1::EffectEvent effect;
    ASSERT_TRUE(event.data().UnpackTo(&effect));
    EXPECT_TRUE(effect.has_effect_intended());
  }
}

TEST(BenchAppendWire, TheSameSeedGivesTheSameEventsAndEachIsAnother) {
  const auto events = NewEvents(3, 5);
  EXPECT_EQ(events, NewEvents(3, 5));
  EXPECT_NE(events[0], events[1]);
  EXPECT_NE(events, NewEvents(3, 6));
}

TEST(BenchAppendWire, HeaderAndEventsAreTheWholeRequest) {
  for (const std::size_t count : {1UL, 100UL, 1'000UL}) {
    const auto events = NewEvents(count, 1);
    const std::string fields = EventFields(events);
    v1::AppendRequest request;
    ASSERT_TRUE(
        request.ParseFromString(AppendHeader("sync_effect-a", 300, fields.size()) + fields));
    ASSERT_EQ(request.appends_size(), 1);
    EXPECT_EQ(request.appends(0).stream(), "sync_effect-a");
    EXPECT_EQ(request.appends(0).expected_version(), 300u);
    ASSERT_EQ(static_cast<std::size_t>(request.appends(0).events_size()), count);
    EXPECT_EQ(request.appends(0).events(0).SerializeAsString(), events[0]);
  }
}

TEST(BenchAppendWire, AnyVersionAndVersionNoneAreDifferent) {
  const std::string fields = EventFields(NewEvents(1, 1));
  v1::AppendRequest request;
  ASSERT_TRUE(
      request.ParseFromString(AppendHeader("policy", std::nullopt, fields.size()) + fields));
  EXPECT_FALSE(request.appends(0).has_expected_version());
  ASSERT_TRUE(request.ParseFromString(AppendHeader("policy", 0, fields.size()) + fields));
  EXPECT_TRUE(request.appends(0).has_expected_version());
}

std::string Chunk(std::size_t records) {
  v1::SubscribeResponse response;
  for (std::size_t i = 0; i < records; ++i)
    response.add_records()->set_id(std::string(i * 50, 'x'));
  response.set_scanned_to(1'000'000);
  response.set_caught_up(true);
  return response.SerializeAsString();
}

TEST(BenchFrameCounter, CountsRecordsHoweverTheMessageIsCutIntoPieces) {
  constexpr std::size_t kRecords = 9;
  const std::string chunk = Chunk(kRecords);
  for (const std::size_t piece_bytes : {1UL, 2UL, 7UL, 100UL, chunk.size()}) {
    std::vector<std::string_view> pieces = {""};
    for (std::size_t at = 0; at < chunk.size(); at += piece_bytes)
      pieces.push_back(std::string_view(chunk).substr(at, piece_bytes));
    const FrameCount count = CountFrames(pieces);
    EXPECT_EQ(count.frames, kRecords);
    EXPECT_TRUE(count.is_whole);
  }
}

TEST(BenchFrameCounter, TellsThatAMessageIsCutOff) {
  const std::string chunk = Chunk(3);
  const std::vector<std::string_view> pieces = {std::string_view(chunk).substr(0, 40)};
  EXPECT_FALSE(CountFrames(pieces).is_whole);
  const std::string nonsense = "\x07\x07\x07";
  const std::vector<std::string_view> wrong = {nonsense};
  EXPECT_FALSE(CountFrames(wrong).is_whole);
}

TEST(BenchFrameCounter, NothingIsAWholeMessage) {
  const FrameCount count = CountFrames({});
  EXPECT_EQ(count.frames, 0u);
  EXPECT_TRUE(count.is_whole);
}

}  // namespace
}  // namespace hq::bench
