// Goal: what the benchmark says is what it measured. Rows, medians, ratios, table, JSON and marks
// are functions of the board alone.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/bench/report/marks.hpp"
#include "tests/bench/report/statistics.hpp"
#include "tests/bench/report/table.hpp"

namespace hq::bench {
namespace {

Subject Throughput(const std::string& workload, std::string_view system, int clients, int batch) {
  return {workload, std::string(system),      Durability::kFsync, clients,
          batch,    std::string(kThroughput), "events/s"};
}

const Mark& MarkNamed(const std::vector<Mark>& marks, const std::string& name) {
  for (const Mark& mark : marks)
    if (mark.name == name) return mark;
  ADD_FAILURE() << "no mark " << name;
  return marks.front();
}

TEST(BenchStatistics, MedianIsTheMiddleOrTheMeanOfTheTwo) {
  EXPECT_EQ(Median({}), 0);
  EXPECT_EQ(Median({7}), 7);
  EXPECT_EQ(Median({9, 1, 5}), 5);
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
}

TEST(BenchStatistics, QuantileIsTheNearestRank) {
  std::vector<double> hundred;
  for (int i = 100; i >= 1; --i) hundred.push_back(i);
  EXPECT_EQ(Quantile({}, 0.5), 0);
  EXPECT_EQ(Quantile(hundred, 0.5), 50);
  EXPECT_EQ(Quantile(hundred, 0.99), 99);
  EXPECT_EQ(Quantile(hundred, 0.999), 100);
  EXPECT_EQ(Quantile(hundred, 1), 100);
  EXPECT_EQ(Quantile({3}, 0.001), 3);
}

TEST(BenchStatistics, DriftIsAFractionOfTheFirst) {
  EXPECT_DOUBLE_EQ(Drift(100, 120), 0.2);
  EXPECT_DOUBLE_EQ(Drift(100, 80), 0.2);
  EXPECT_EQ(Drift(0, 5), 0);
}

TEST(BenchBoard, KeepsOneRowForASubjectInTheOrderOfAppearance) {
  Board board;
  board.Add(Throughput("W1", kLedger, 1, 1), 10);
  board.Add(Throughput("W1", kPostgres, 1, 1), 20);
  board.Add(Throughput("W1", kLedger, 1, 1), 30);
  board.Add(Throughput("W1", kLedger, 16, 1), 40);
  ASSERT_EQ(board.rows().size(), 3u);
  EXPECT_EQ(board.rows()[0].Value(), 20);
  const Row* peer = board.PeerOf(board.rows()[0], std::string(kPostgres));
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(peer->Value(), 20);
  EXPECT_EQ(board.PeerOf(board.rows()[2], std::string(kPostgres)), nullptr);
}

TEST(BenchBoard, RatioIsTheMedianOfTheRoundsOwnRatios) {
  // The second round was slow for both: the ratio does not care.
  const Row ledger = {Throughput("W1", kLedger, 1, 1), {100, 20, 110}};
  const Row peer = {Throughput("W1", kPostgres, 1, 1), {50, 10, 50}};
  EXPECT_DOUBLE_EQ(RatioOf(ledger, peer), 2);
  EXPECT_EQ(RatioOf(ledger, {Throughput("W1", kPostgres, 1, 1), {}}), 0);
}

TEST(BenchJson, IsAnArrayOfRowsWithTheFieldsThatOthersRead) {
  Board board;
  board.Add({"W3", "jetstream", Durability::kPageCache, 1, 16, "throughput", "events/s"}, 5);
  board.Add({"W3", "jetstream", Durability::kPageCache, 1, 16, "throughput", "events/s"}, 7);
  const auto document = nlohmann::json::parse(ToJson(board.rows()));
  EXPECT_EQ(document, nlohmann::json::parse(R"([{"workload": "W3", "system": "jetstream",
      "class": "P", "clients": 1, "batch": 16, "metric": "throughput", "value": 6.0,
      "unit": "events/s"}])"));
  EXPECT_EQ(ToJson({}), "[]\n");
}

TEST(BenchTable, NumbersAreReadable) {
  EXPECT_EQ(Readable(0), "0");
  EXPECT_EQ(Readable(0.7129), "0.713");
  EXPECT_EQ(Readable(9.9996), "10.000");
  EXPECT_EQ(Readable(12.347), "12.35");
  EXPECT_EQ(Readable(999.96), "1 000.0");
  EXPECT_EQ(Readable(1234.4), "1 234");
  EXPECT_EQ(Readable(1234567), "1 235 000");
}

TEST(BenchTable, SaysTheClassAndHowManyTimesTheLedgerIsAsLarge) {
  Board board;
  board.Add(Throughput("W1", kLedger, 16, 1), 3'000);
  board.Add(Throughput("W1", kPostgres, 16, 1), 2'000);
  EXPECT_EQ(
      TableOf(board),
      "workload  clients  batch  metric      system      class  value  unit      ledger/it\n"
      "W1             16      1  throughput  ledger      F      3 000  events/s\n"
      "W1             16      1  throughput  postgresql  F      2 000  events/s       1.50\n");
}

TEST(BenchMarks, AreJudgedFromTheRows) {
  Board board;
  board.Add(Throughput("W2", kLedger, 4, 100), 200'000);
  board.Add(Throughput("W2", kLedger, 16, 1'000), 260'000);
  board.Add(Throughput("W2", kPostgres, 16, 100), 100'000);
  board.Add(Throughput("W2", kPostgres, 16, 1'000), 999'000);
  board.Add(Throughput("W1", kLedger, 64, 1), 15'000);
  board.Add(Throughput("W1", kPostgres, 64, 1), 10'000);
  board.Add({"W7", "ledger", Durability::kFsync, 1, 1, "p50 at 1000/s", "ms"}, 1.5);
  board.Add({"W7", "ledger", Durability::kFsync, 1, 1, "p99 at 1000/s", "ms"}, 10);
  const auto marks = JudgeMarks(board);
  EXPECT_TRUE(MarkNamed(marks, "batched append").IsMet());
  const Mark& ratio = MarkNamed(marks, "batched append / PostgreSQL, batches of 100");
  EXPECT_DOUBLE_EQ(*ratio.measured, 2);
  EXPECT_FALSE(ratio.IsMet());
  EXPECT_TRUE(MarkNamed(marks, "single append, 64 clients").IsMet());
  EXPECT_FALSE(MarkNamed(marks, "single append / PostgreSQL, 64 clients").IsMet());
  EXPECT_TRUE(MarkNamed(marks, "append to NATS subscriber, 1 000/s, p50").IsMet());
  // A ceiling is to be stayed under.
  EXPECT_FALSE(MarkNamed(marks, "append to NATS subscriber, 1 000/s, p99").IsMet());
  EXPECT_FALSE(MarkNamed(marks, "catch-up read").measured.has_value());
}

TEST(BenchMarks, OneThatWasNotMeasuredIsNotMetAndSaysSo) {
  const auto marks = JudgeMarks(Board());
  for (const Mark& mark : marks) EXPECT_FALSE(mark.IsMet()) << mark.name;
  EXPECT_NE(TableOf(marks).find("not measured"), std::string::npos);
  EXPECT_EQ(TableOf(marks).find("NOT MET"), std::string::npos);
}

}  // namespace
}  // namespace hq::bench
