#include <gtest/gtest.h>

#include "common/base/clock.hpp"
#include "common/base/decimal.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/sha256_stream.hpp"

namespace hq {
namespace {

TEST(Decimal, ReadsANumbersOwnDigits) {
  EXPECT_EQ(*ParseNanos("0.031"), Nanos{31'000'000});
  EXPECT_EQ(*ParseNanos("2e-5"), Nanos{20'000});
  EXPECT_EQ(*ParseNanos("-12.50"), Nanos{-12'500'000'000});
  EXPECT_EQ(*ParseNanos("1.0000000000"), Nanos{1'000'000'000});
  EXPECT_EQ(*ParseNanos("0"), Nanos{0});
}

TEST(Decimal, RefusesWhatIsNotExact) {
  for (const char* text :
       {"", "-", "1.", ".5", "1e", "0x10", "1 ", "NaN", "1e999", "0.0000000001", "1e+-5", "1e++5"})
    EXPECT_EQ(ParseNanos(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
}

TEST(Decimal, WritesTheShortestPlainDecimal) {
  for (const char* text : {"0", "0.02736", "-12.5", "1000000000000000000", "0.000000001"})
    EXPECT_EQ(FormatNanos(*ParseNanos(text)), text);
}

TEST(Decimal, PricesExactly) {
  EXPECT_EQ(FormatNanos(PriceOf(1520, 18'000'000'000)), "0.02736");
  EXPECT_EQ(PriceOf(1, 499'999), Nanos{0});
  EXPECT_EQ(PriceOf(1, 500'000), Nanos{1});
  EXPECT_EQ(PriceOf(-1, 500'000), Nanos{-1});
}

TEST(Ids, TellGoodFromBad) {
  EXPECT_TRUE(IsCellId("koosy-2"));
  EXPECT_FALSE(IsCellId("Koosy"));
  EXPECT_FALSE(IsCellId(""));
  EXPECT_FALSE(IsCellId(std::string(64, 'a')));
  EXPECT_TRUE(IsEventName("deploy_failed"));
  for (const char* bad : {"", "a.b", "a>", "a b", "1a", "A"}) EXPECT_FALSE(IsEventName(bad)) << bad;
  EXPECT_TRUE(IsStreamName("policy"));
  EXPECT_TRUE(IsStreamName("cell_rollout-ro-1.koosy"));
  for (const char* bad : {"", "-", "cell-", "Cell-a", "cell-a/b"})
    EXPECT_FALSE(IsStreamName(bad)) << bad;
  EXPECT_EQ(CategoryOf("cell-koosy-2"), "cell");
  EXPECT_EQ(IdOf("cell-koosy-2"), "koosy-2");
}

TEST(Ids, KeysOfDifferentPartsDiffer) { EXPECT_NE(KeyOf({"ab", "c"}), KeyOf({"a", "bc"})); }

TEST(Clock, WritesTimes) {
  const TimePoint time = FromMicros(1'768'702'304'000'001);
  EXPECT_EQ(ToRfc3339(time), "2026-01-18T02:11:44.000001Z");
  EXPECT_EQ(UtcDay(time), "20260118");
  EXPECT_EQ(UtcMonth(time), "2026-01");
}

TEST(Clock, TellsMonths) {
  for (const char* good : {"2026-01", "2026-12", "0000-10"}) EXPECT_TRUE(IsMonth(good)) << good;
  for (const char* bad : {"", "2026", "2026-", "2026-1", "2026-00", "2026-13", "2026-011", "26-01",
                          "2026/01", " 2026-01", "2026-0x", "2026-01-01"})
    EXPECT_FALSE(IsMonth(bad)) << bad;
}

TEST(Clock, ReadsTimes) {
  const std::int64_t quarter_past = 1'768'702'304'000'000;
  for (const auto& [text, micros] : std::vector<std::pair<std::string, std::int64_t>>{
           {"2026-01-18T02:11:44Z", quarter_past},
           {"2026-01-18t02:11:44z", quarter_past},
           {"2026-01-18T11:11:44+09:00", quarter_past},
           {"2026-01-17T21:41:44-04:30", quarter_past},
           {"2026-01-18T02:11:44.000001Z", quarter_past + 1},
           {"2026-01-18T02:11:44.5Z", quarter_past + 500'000},
           {"2026-01-18T02:11:44.0000019Z", quarter_past + 1},
           {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},
           {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
           {"1970-01-01T00:00:00Z", 0},
           {"1969-12-31T23:59:59Z", -1'000'000}})
    EXPECT_EQ(MicrosOfRfc3339(text), micros) << text;
  EXPECT_TRUE(MicrosOfRfc3339("9999-12-31T23:59:59Z").has_value());
  for (const char* text :
       {"", "2026-01-18", "2026-01-18 02:11:44Z", "2026-01-18T02:11:44", "2026-1-18T02:11:44Z",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-18T24:00:00Z", "2026-01-18T02:60:00Z", "2026-01-18T02:11:61Z",
        "2026-01-18T02:11:44.Z", "2026-01-18T02:11:44+9:00", "2026-01-18T02:11:44|09:00",
        "2026-01-18T02:11:44+24:00", "2026-01-18T02:11:44Z ", "+026-01-18T02:11:44Z",
        "2026-01-18T02:11:44,5Z", "12026-01-18T02:11:44Z"})
    EXPECT_EQ(MicrosOfRfc3339(text), std::nullopt) << text;
  for (const std::int64_t micros : {std::int64_t{1}, quarter_past + 123'456})
    EXPECT_EQ(MicrosOfRfc3339(ToRfc3339(FromMicros(micros))), micros);
}

TEST(Sha256Stream, IsTheDigestOfTheWhole) {
  Sha256Stream stream;
  for (const char* part : {"a", "", "bc"}) stream.Add(part);
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
  EXPECT_EQ(Sha256Stream().Finish(), Sha256(""));
}

TEST(Result, CarriesAdvice) {
  const Status status = Annotate(
      Refusal(absl::StatusCode::kNotFound, "no cell", "NO_SUCH_CELL", "Register it."), "koosy");
  EXPECT_EQ(status.message(), "koosy: no cell");
  EXPECT_EQ(AdviceOf(status).reason, "NO_SUCH_CELL");
  EXPECT_EQ(AdviceOf(status).next_step, "Register it.");
}

}  // namespace
}  // namespace hq
