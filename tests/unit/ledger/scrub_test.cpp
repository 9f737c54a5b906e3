// Goal: whatever is changed in what is stored, the scrubber finds it, at its position; an unharmed
// log passes. Method: a small ledger in memory, with its chain and its tree, spoilt in every way.
#include "services/ledger/core/scrub.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "common/base/ids.hpp"
#include "services/ledger/adapters/scrubber.hpp"
#include "services/ledger/core/growing_tree.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"

namespace hq::ledger {
namespace {

constexpr int kRecords = 700;  // Two full tiles and a part of one.

std::string Varint(std::size_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
  return bytes + static_cast<char>(number);
}

// A ledger as it was written, and as it is stored.
struct StoredLog {
  StoredLog() {
    ChainHead head;
    head.log_id = "log";
    for (int i = 0; i < kRecords; ++i) {
      v1::Record draft;
      draft.set_stream("entry-koosy");
      draft.set_status(std::string(static_cast<std::size_t>(i % 200), 'x'));
      records.push_back(Extend(head, draft, 1'000 + i).bytes);
      tree.Append(LeafHash(records.back()));
      for (auto& tile : tree.TakeCompleted()) tiles[tile.id] = std::move(tile.hashes);
    }
    for (const TileId& id : PartialTiles(tree.size()))
      tiles[id] = tree.Read(id, WidthOf(id, tree.size())).value();
  }

  TreeHead Head() const { return {tree.size(), tree.Root()}; }

  std::string Frames(Position after, Position until, std::size_t bytes_max) const {
    std::string frames;
    for (Position p = after; p < until && frames.size() < bytes_max; ++p)
      frames += '\x0a' + Varint(records[p].size()) + records[p];
    return frames;
  }

  TileReader Tiles() const {
    return [this](const TileId& id, unsigned width) -> Result<std::string> {
      const auto tile = tiles.find(id);
      if (tile == tiles.end()) return absl::NotFoundError("no such tile");
      return tile->second.substr(0, width * kHashBytes);
    };
  }

  std::vector<std::string> records;  // Position 1 is the first.
  std::map<TileId, std::string> tiles;
  GrowingTree tree;
};

// The position of what a whole pass finds; 0 if it finds nothing.
Position FoundIn(const StoredLog& log, std::size_t chunk_bytes = 1'000) {
  ScrubPass pass("log", log.Head());
  while (!pass.is_done()) {
    const Status taken =
        pass.Take(log.Frames(pass.position(), pass.until(), chunk_bytes), log.Tiles());
    if (taken.ok()) continue;
    EXPECT_TRUE(absl::IsDataLoss(taken)) << taken;
    return pass.position() + 1;
  }
  return 0;
}

TEST(ScrubPass, FindsNothingWhereNothingIsWrong) {
  const StoredLog log;
  for (const std::size_t chunk : {1u, 500u, 100'000u}) EXPECT_EQ(FoundIn(log, chunk), 0u);
  EXPECT_TRUE(ScrubPass("log", {0, EmptyRoot()}).is_done());
}

TEST(ScrubPass, FindsAnyFlippedBit) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    StoredLog log;
    const Position position = 1 + random() % kRecords;
    std::string& record = log.records[position - 1];
    record[random() % record.size()] ^= static_cast<char>(1u << random() % 8);
    EXPECT_EQ(FoundIn(log), position);
    if (i >= 20) i += 9;  // A whole ledger for each is dear.
  }
}

TEST(ScrubPass, FindsARecordThatIsAnotherOrMissing) {
  StoredLog swapped;
  std::swap(swapped.records[300], swapped.records[301]);
  EXPECT_EQ(FoundIn(swapped), 301u);
  StoredLog missing;
  missing.records.erase(missing.records.begin() + 400);
  missing.records.push_back(missing.records.back());
  EXPECT_EQ(FoundIn(missing), 401u);
  StoredLog short_log;
  ScrubPass pass("log", short_log.Head());
  ASSERT_TRUE(pass.Take(short_log.Frames(0, 500, 1 << 30), short_log.Tiles()).ok());
  EXPECT_TRUE(absl::IsDataLoss(pass.Take("", short_log.Tiles()))) << "the log ends too early";
  EXPECT_EQ(pass.position(), 500u);
}

TEST(ScrubPass, FindsAHistoryThatIsConsistentAndNotTheTrees) {
  StoredLog forged;
  const StoredLog log;
  // Rewritten from position 690 on, links and tiles and all; only the root still knows.
  ChainHead head = *HeadAfter(log.records[688]);
  for (Position p = 690; p <= kRecords; ++p) {
    v1::Record draft;
    draft.set_stream("entry-forged");
    forged.records[p - 1] = Extend(head, draft, 9'000'000 + static_cast<std::int64_t>(p)).bytes;
    forged.tiles[{0, 2}].replace((p - 1) % kTileWidth * kHashBytes, kHashBytes,
                                 LeafHash(forged.records[p - 1]));
  }
  EXPECT_EQ(FoundIn(forged), static_cast<Position>(kRecords));
}

TEST(ScrubPass, FindsFramesThatAreNone) {
  const StoredLog log;
  const std::string good = log.Frames(0, 1, 1);
  for (const std::string& bad :
       {good.substr(0, good.size() - 1), std::string("\x0b") + good.substr(1), std::string("\x0a"),
        std::string("\x0a\xff\xff\xff\xff\xff\xff", 7), std::string("\x0a\x05xx"),
        std::string(1, '\0')}) {
    ScrubPass pass("log", log.Head());
    EXPECT_TRUE(absl::IsDataLoss(pass.Take(bad, log.Tiles()))) << Hex(bad);
  }
}

TEST(ScrubPass, AReaderThatCannotReadIsNoMismatch) {
  const StoredLog log;
  ScrubPass pass("log", log.Head());
  const auto unavailable = [](const TileId&, unsigned) -> Result<std::string> {
    return absl::UnavailableError("busy");
  };
  EXPECT_TRUE(absl::IsUnavailable(pass.Take(log.Frames(0, 9, 1 << 20), unavailable)));
  EXPECT_EQ(pass.position(), 0u);
}

class ScrubberTest : public ::testing::Test {
 protected:
  Scrubber::Source Source() {
    return {[] { return std::string("log"); }, [this] { return log_.Head(); },
            [this](Position after, Position until, std::size_t bytes_max) -> Result<std::string> {
              read_bytes_ += bytes_max;
              return log_.Frames(after, until, bytes_max);
            },
            log_.Tiles()};
  }
  // Keeps what it is told; is refused as often as `refusals_` says.
  Scrubber::OnMismatch Told() {
    return [this](const v1::LedgerError& error) {
      errors_.push_back(error);
      return errors_.size() > refusals_;
    };
  }
  v1::ScrubStatus StatusOf(const Scrubber& scrubber) {
    v1::LedgerStatus status;
    scrubber.Fill(status);
    return status.scrub();
  }

  StoredLog log_;
  testing::FakeClock clock_;
  runtime::Metrics metrics_;
  std::atomic<std::size_t> read_bytes_ = 0;
  std::size_t refusals_ = 0;
  std::vector<v1::LedgerError> errors_;
};

TEST_F(ScrubberTest, GoesOverTheWholeLogAgainAndAgain) {
  Scrubber scrubber(Source(), Told(), clock_, metrics_,
                    {1'000'000'000, std::chrono::milliseconds(1), 4'096});
  {
    std::jthread running([&](std::stop_token stop) { scrubber.Run(stop); });
    ASSERT_TRUE(testing::Eventually([&] { return StatusOf(scrubber).passes() >= 3; }));
  }
  EXPECT_TRUE(errors_.empty());
  EXPECT_EQ(StatusOf(scrubber).until(), static_cast<Position>(kRecords));
  EXPECT_GE(StatusOf(scrubber).records(), 3u * kRecords);
  EXPECT_GT(StatusOf(scrubber).last_pass_ended_at_us(), 0);
  EXPECT_NE(metrics_.Text().find("hq_ledger_scrub_mismatches 0"), std::string::npos);
}

TEST_F(ScrubberTest, TellsOfAMismatchOnceAndEnds) {
  log_.records[500][10] ^= 1;
  Scrubber scrubber(Source(), Told(), clock_, metrics_,
                    {1'000'000'000, std::chrono::milliseconds(1), 4'096});
  scrubber.Run({});
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].reason(), "SCRUB_MISMATCH");
  EXPECT_EQ(errors_[0].position(), 501u);
  EXPECT_EQ(StatusOf(scrubber).mismatch_position(), 501u);
  EXPECT_NE(metrics_.Text().find("hq_ledger_scrub_mismatches 1"), std::string::npos);
}

TEST_F(ScrubberTest, TellsAgainWhatCouldNotBeRecorded) {
  log_.records[500][10] ^= 1;
  refusals_ = 1;
  Scrubber scrubber(Source(), Told(), clock_, metrics_,
                    {1'000'000'000, std::chrono::milliseconds(1), 4'096});
  scrubber.Run({});
  ASSERT_EQ(errors_.size(), 2u);
  EXPECT_EQ(errors_[1].SerializeAsString(), errors_[0].SerializeAsString());
}

TEST_F(ScrubberTest, ReadsNoFasterThanItMay) {
  // One chunk a day: the second must not have been read when the first is seen.
  Scrubber scrubber(Source(), Told(), clock_, metrics_, {1, std::chrono::milliseconds(1), 86'400});
  std::jthread running([&](std::stop_token stop) { scrubber.Run(stop); });
  ASSERT_TRUE(testing::Eventually([&] { return StatusOf(scrubber).records() > 0; }));
  running = {};
  EXPECT_EQ(read_bytes_, 86'400u);
}

TEST_F(ScrubberTest, DoesNotScrubAtNoRate) {
  Scrubber scrubber(Source(), Told(), clock_, metrics_, {0, {}, 1});
  scrubber.Run({});
  EXPECT_EQ(read_bytes_, 0u);
}

TEST_F(ScrubberTest, TellsWhatTheDiskDoesNotGiveFromWhatIsWrong) {
  auto source = Source();
  source.frames = [](Position, Position, std::size_t) -> Result<std::string> {
    return Refusal(absl::StatusCode::kDataLoss, "an I/O error", "STORE_UNREADABLE", "Look.");
  };
  Scrubber scrubber(source, Told(), clock_, metrics_,
                    {1'000'000'000, std::chrono::milliseconds(1), 4'096});
  scrubber.Run({});
  ASSERT_EQ(errors_.size(), 1u) << "it is told, and so makes the ledger not ready";
  EXPECT_EQ(errors_[0].reason(), "SCRUB_UNREADABLE");
  EXPECT_EQ(errors_[0].detail(), "an I/O error");
}

}  // namespace
}  // namespace hq::ledger
