// Goal: after a restore no id is issued that anybody may have got before, and what was given up is
// said in one way only. Method: tables of what is known, with a model that issues ids as fast as a
// ledger can.
#include "services/ledger/core/fork_statement.hpp"

#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/transparency/checkpoint.hpp"
#include "services/ledger/core/hash_chain.hpp"

namespace hq::ledger {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kNoon = 1'795'780'800 * kSecond;  // 2026-11-27T12:00:00Z.
constexpr std::int64_t kDay = 24 * 3600 * kSecond;

IssuedRecord RecordAt(Position position, const std::string& day, std::uint64_t counter,
                      std::int64_t recorded_at_us) {
  return {position, {day, counter}, recorded_at_us};
}

TxnId FirstId(const IssuedIds& issued, std::int64_t now_us = kNoon) {
  const auto id = FirstIdAfterFork(issued, now_us);
  EXPECT_TRUE(id.ok()) << id.status();
  return id.value_or(TxnId());
}

TEST(ForkStatement, NoonIsNoon) {
  EXPECT_EQ(ToRfc3339(FromMicros(kNoon)), "2026-11-27T12:00:00.000000Z");
}

TEST(ForkStatement, AKnownTailIsGoneOnFrom) {
  IssuedIds issued;
  issued.restored = RecordAt(10, "20261127", 10, kNoon - 50 * kSecond);
  issued.furthest = RecordAt(25, "20261127", 25, kNoon - 20 * kSecond);
  issued.is_tail_known = true;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 26}));
  issued.witnessed = 25;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 26}));
  EXPECT_EQ(FirstId(issued, kNoon + kDay), (TxnId{"20261128", 1}));
}

TEST(ForkStatement, AnUnknownTailHasAtMostOneIdAMicrosecond) {
  IssuedIds issued;
  issued.restored = issued.furthest = RecordAt(10, "20261127", 10, kNoon - 3 * kSecond);
  // 10 + 3 000 000, and up to the next million.
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 4'000'000}));
  issued.furthest.recorded_at_us = kNoon;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 1'000'000}));
  issued.furthest.id.counter = 1'000'000;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 2'000'000}));
}

TEST(ForkStatement, OfAnEarlierDayOnlyTodaysMicrosecondsCount) {
  IssuedIds issued;
  issued.restored = issued.furthest = RecordAt(10, "20261120", 999, kNoon - 7 * kDay);
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 12 * 3600 * kSecond + 1'000'000ULL}));
}

TEST(ForkStatement, NothingIsKnownAtAll) {
  EXPECT_EQ(FirstId({}), (TxnId{"20261127", 12 * 3600 * kSecond + 1'000'000ULL}));
}

TEST(ForkStatement, WhatTheWitnessesSawWasIssued) {
  IssuedIds issued;
  issued.restored = issued.furthest = RecordAt(10, "20261127", 10, kNoon);
  issued.witnessed = 5'000'010;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 6'000'000}));
  // They also show that a tail which was believed to be known is not.
  issued.is_tail_known = true;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 6'000'000}));
  issued.witnessed = 10;
  EXPECT_EQ(FirstId(issued), (TxnId{"20261127", 11}));
}

TEST(ForkStatement, AClockThatWasAheadStaysAhead) {
  IssuedIds issued;
  issued.restored = RecordAt(10, "20261127", 10, kNoon);
  issued.furthest = RecordAt(20, "20261129", 5, kNoon + 2 * kDay);
  const TxnId first = FirstId(issued);
  EXPECT_EQ(first, (TxnId{"20261129", 1'000'000}));
  // The ledger's own rule for the next id goes on from there, on whatever day it is by its clock.
  EXPECT_EQ(NextTxnId(first, "20261127"), (TxnId{"20261129", 1'000'001}));
}

TEST(ForkStatement, WhenNoCounterIsLeftItIsRefused) {
  IssuedIds issued;
  issued.restored = issued.furthest = RecordAt(10, "20261127", 10, kNoon);
  issued.witnessed = ~0ULL;
  EXPECT_EQ(AdviceOf(FirstIdAfterFork(issued, kNoon).status()).reason, "IDS_SPENT");
}

// Lives that go on behind what is known, as fast as may be, and stop before now.
TEST(ForkStatement, NoIdOfAnyLifeThatMayHaveBeenIsIssuedAgain) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    const std::int64_t now_us = kNoon + static_cast<std::int64_t>(random() % (2 * kDay)) - kDay;
    ChainHead head;
    head.recorded_at_us = now_us - static_cast<std::int64_t>(random() % (2 * kDay));
    head.id = {UtcDay(FromMicros(head.recorded_at_us)), 1 + random() % 3'000'000};
    head.position = 1 + random() % 100;
    IssuedIds issued;
    issued.restored = issued.furthest = {head.position, head.id, head.recorded_at_us};
    // Three records more, each as late as a ledger that is gone now can have made it.
    for (int i = 0; i < 3; ++i) {
      const std::int64_t room = now_us - head.recorded_at_us;
      if (room <= 0) break;
      const std::int64_t steps =
          1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(room));
      // `steps` records, one a microsecond: only the last one matters.
      const std::string before = head.id.day;
      head.recorded_at_us += steps;
      const std::string day = UtcDay(FromMicros(head.recorded_at_us));
      const auto into_day = static_cast<std::uint64_t>(head.recorded_at_us % kDay);
      head.id = day > before ? TxnId{day, into_day + 1}
                             : TxnId{before, head.id.counter + static_cast<std::uint64_t>(steps)};
      head.position += static_cast<Position>(steps);
      if (random() % 4 == 0) issued.witnessed = head.position;
    }
    const TxnId first = FirstId(issued, now_us);
    ASSERT_GT(std::tie(first.day, first.counter), std::tie(head.id.day, head.id.counter))
        << FormatTxnId(first) << " after " << FormatTxnId(head.id) << " in round " << round;
    ASSERT_TRUE(ParseTxnId(FormatTxnId(first)).has_value());
  }
}

ForkStatement Statement() {
  ForkStatement fork;
  fork.log_id = "0193-log";
  fork.point = {1, 3, 12};
  fork.restored_hash = Sha256("twelve");
  fork.abandoned_to = 40;
  fork.first_id = {"20261127", 1'000'000};
  fork.time_us = kNoon;
  fork.why = "the disk of hq-1 was lost";
  return fork;
}

TEST(ForkStatement, AStatementReadsBackAsItWasSaid) {
  const std::string text = Statement().Format();
  EXPECT_EQ(text, "hq.ledger.v1 fork\nlog 0193-log\nepoch 1 3\nrestored 12 " +
                      FormatBase64(Sha256("twelve")) +
                      "\nabandoned 40 unknown-tail\nfirst-id TXN-20261127-1000000\n"
                      "time-us 1795780800000000\nwhy the disk of hq-1 was lost\n");
  const auto fork = ForkStatement::Parse(text);
  ASSERT_TRUE(fork.ok()) << fork.status();
  EXPECT_EQ(fork->Format(), text);
  EXPECT_EQ(fork->point.epoch, 3U);
  EXPECT_EQ(fork->point.from_epoch, 1U);
  EXPECT_EQ(fork->point.restored_to, 12U);
  EXPECT_FALSE(fork->is_tail_known);
}

TEST(ForkStatement, AStatementIsNoCheckpointAndACheckpointNoStatement) {
  EXPECT_FALSE(Checkpoint::Parse(Statement().Format()).ok());
  EXPECT_FALSE(ForkStatement::Parse(Checkpoint{"hq-os/x", {3, Sha256("r")}, {}}.Format()).ok());
}

TEST(ForkStatement, WhatFormatWouldNotHaveWrittenIsRefused) {
  const std::string text = Statement().Format();
  const auto is_refused = [](const std::string& other) {
    const Status refused = ForkStatement::Parse(other).status();
    return absl::IsInvalidArgument(refused) && AdviceOf(refused).reason == "FORK_MALFORMED";
  };
  EXPECT_TRUE(is_refused(""));
  EXPECT_TRUE(is_refused(text + "more\n"));
  EXPECT_TRUE(is_refused(text.substr(0, text.size() - 1)));
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_TRUE(is_refused(text.substr(0, cut)));
  const auto with = [&](const std::string& what, const std::string& instead) {
    std::string other = text;
    return other.replace(other.find(what), what.size(), instead);
  };
  EXPECT_TRUE(is_refused(with("epoch 1 3", "epoch 3 3")));
  EXPECT_TRUE(is_refused(with("epoch 1 3", "epoch 01 3")));
  EXPECT_TRUE(is_refused(with("restored 12", "restored -12")));
  EXPECT_TRUE(is_refused(with("unknown-tail", "perhaps")));
  EXPECT_TRUE(is_refused(with("TXN-20261127-1000000", "TXN-20261127-01")));
  EXPECT_TRUE(is_refused(with("log 0193-log", "log ")));
  EXPECT_TRUE(is_refused(with("why the", "why \x01the")));
}

TEST(ForkStatement, AReasonIsOnePrintableLine) {
  EXPECT_TRUE(IsWhy("x"));
  EXPECT_TRUE(IsWhy("디스크 손실"));
  EXPECT_FALSE(IsWhy(""));
  EXPECT_FALSE(IsWhy("a\nb"));
  EXPECT_FALSE(IsWhy(std::string(kWhyBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace hq::ledger
