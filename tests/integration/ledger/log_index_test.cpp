// Goal: whatever part of the index lies in memory, on its way or on disk, and however often it was
// opened or lost, it finds what a plain list of all records finds, or ends where its disk rots.
// Method: random appends and questions, compared with that list; the seed is printed.
#include "services/ledger/adapters/log_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/adapters/index_store.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/posting_list.hpp"
#include "services/ledger/core/prover.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::ledger {
namespace {

using testing::Eventually;
using testing::Seed;
using testing::TempDir;

constexpr int kRounds = 400;
constexpr std::int64_t kStartUs = 1'768'500'000'000'000;

class LogIndexTest : public ::testing::Test {
 protected:
  LogIndexTest() : random_(Seed()) { Open(); }

  void Open() {
    index_.reset();
    store_.reset();
    auto store = RocksStore::Open(directory_ / "log");
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    auto head = store_->LoadHead();
    ASSERT_TRUE(head.ok()) << head.status();
    head_ = *std::move(head);
    auto index = LogIndex::Open(directory_ / "index", *store_, head_,
                                {.ripe_records = 50, .ripe_age = std::chrono::milliseconds(5)});
    ASSERT_TRUE(index.ok()) << index.status();
    index_ = *std::move(index);
  }

  std::size_t Below(std::size_t bound) { return random_() % bound; }

  v1::AppendRequest RandomRequest() {
    v1::AppendRequest request;
    request.set_actor("actor" + std::to_string(Below(3)));
    if (Below(2) == 0) request.set_correlation_id("visit" + std::to_string(Below(20)));
    if (Below(3) == 0) {
      request.set_command_id(std::to_string(commands_++));
      request.set_command_digest(std::string(32, 'd'));
    }
    std::set<std::string> streams;
    for (std::size_t i = 0; i <= Below(3); ++i)
      streams.insert("entry-s" + std::to_string(Below(Below(2) == 0 ? 3 : 500)));
    for (const auto& stream : streams) {
      auto* append = request.add_appends();
      append->set_stream(stream);
      for (std::size_t i = 0; i <= Below(12); ++i) {
        auto* event = append->add_events();
        event->set_branch("cell" + std::to_string(Below(4)));
        event->set_event("event" + std::to_string(Below(5)));
      }
    }
    return request;
  }

  // One group, on disk afterwards.
  void AppendGroup() {
    std::vector<v1::AppendRequest> requests;
    for (std::size_t i = 0; i <= Below(6); ++i) requests.push_back(RandomRequest());
    now_us_ += static_cast<std::int64_t>(Below(3'600)) * 1'000'000;
    CommitGroup group(*index_, head_, now_us_);
    for (const auto& request : requests) {
      const auto taken = group.Take({appender_, request});
      ASSERT_TRUE(taken.ok()) << taken.status();
      if (!request.command_id().empty())
        receipts_[keys::OfCommand("ann", request.actor(), request.command_id())] =
            taken->receipt().SerializeAsString();
    }
    tree_ = index_->Add(group);
    store_->WriteRows(group.rows());
    head_ = group.head();
    index_->SetDurable(head_.position);
    while (all_.size() < head_.position) {
      v1::Record record;
      ASSERT_TRUE(record.ParseFromString(store_->RecordAt(all_.size() + 1)));
      all_.push_back(std::move(record));
    }
  }

  using Positions = std::vector<Position>;

  Positions Expected(const Selection& selection, Position after, Position until) const {
    Positions found;
    for (const auto& record : all_)
      if (record.position() > after && record.position() <= until &&
          selection.Matches(FieldsOf(record)))
        found.push_back(record.position());
    return found;
  }

  Selection RandomSelection() {
    Selection selection;
    switch (Below(6)) {
      case 0:
        selection.stream = "entry-s" + std::to_string(Below(500));
        break;
      case 1:
        selection.event = "event" + std::to_string(Below(5));
        break;
      case 2:
        selection.actor = "actor" + std::to_string(Below(3));
        break;
      case 3:
        selection.correlation_id = "visit" + std::to_string(Below(20));
        break;
      case 4:
        selection.branches = {"cell" + std::to_string(Below(4))};
        break;
      default:
        selection.stream = "entry-s" + std::to_string(Below(3));
        break;
    }
    return selection;
  }

  void CheckLists() {
    const Selection selection = RandomSelection();
    const std::string key = *NarrowestKey(selection);
    const Position after = Below(all_.size() + 1);
    const Position until = after + Below(all_.size() + 1 - after);
    const std::size_t max = 1 + Below(200);
    auto expected = Expected(selection, after, until);
    auto back = expected;
    if (expected.size() > max) expected.resize(max);
    EXPECT_EQ(index_->Forward(key, after, until, max), expected) << key;
    std::reverse(back.begin(), back.end());
    if (back.size() > max) back.resize(max);
    EXPECT_EQ(index_->Backward(key, after, until, max), back) << key;
    Selection narrow = selection;
    narrow.event = "event" + std::to_string(Below(5));
    const auto matching = Expected(narrow, after, ~0ULL);
    CheckFirstMatch(narrow, after, matching.empty() ? 0 : matching.front());
  }

  // Whatever is on the narrowest list, up to the match, has to be looked at; not one more.
  void CheckFirstMatch(const Selection& selection, Position after, Position match) {
    const Position until = match == 0 ? ~0ULL : match;
    const std::size_t needed =
        index_->Forward(*NarrowestKey(selection), after, until, all_.size()).size();
    std::size_t left = needed;
    EXPECT_EQ(index_->FirstMatch(selection, after, left), match);
    EXPECT_EQ(left, 0U);
    if (needed == 0) return;
    left = needed - 1;
    EXPECT_FALSE(index_->FirstMatch(selection, after, left).has_value()) << needed;
  }

  void CheckStream() {
    Selection selection;
    selection.stream = "entry-s" + std::to_string(Below(10));
    const auto all = Expected(selection, 0, ~0ULL);
    EXPECT_EQ(index_->VersionOf(selection.stream), all.size());
    const Position until = Below(all_.size() + 1);
    // What is on disk already is shown although it lies behind `until`.
    EXPECT_GE(index_->VersionAt(selection.stream, until), Expected(selection, 0, until).size());
    if (all.empty()) return;
    const Version from = 1 + Below(all.size());
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(from - 1);
    EXPECT_EQ(index_->Versions(selection.stream, from, ~0ULL), Positions(first, all.end()));
  }

  void CheckRecords() {
    const auto& record = all_[Below(all_.size())];
    EXPECT_EQ(index_->PositionOf(*ParseTxnId(record.id())), record.position());
    for (const auto& [key, receipt] : receipts_) {
      if (Below(receipts_.size()) > 3) continue;
      const auto found = index_->ReceiptAt(key, head_.position);
      ASSERT_TRUE(found.has_value()) << key;
      EXPECT_EQ(found->receipt().SerializeAsString(), receipt);
      EXPECT_FALSE(index_->ReceiptAt(key, found->receipt().last_position() - 1).has_value());
    }
  }

  void CheckTree() {
    EXPECT_EQ(tree_.size, head_.position);
    Prover prover([this](const TileId& id, unsigned width) { return index_->ReadTile(id, width); },
                  [this](std::uint64_t index) { return index_->ReadMiddle(index); });
    const std::uint64_t leaf = Below(head_.position);
    const auto proof = prover.Inclusion(leaf, head_.position);
    ASSERT_TRUE(proof.ok()) << proof.status();
    const Status included =
        CheckInclusion(LeafHash(store_->RecordAt(leaf + 1)), leaf, tree_, *proof);
    EXPECT_TRUE(included.ok()) << included;
  }

  std::mt19937_64 random_;
  TempDir directory_;
  std::unique_ptr<RocksStore> store_;
  std::unique_ptr<LogIndex> index_;
  const Appender appender_{"ann", "service", {}};
  ChainHead head_;
  TreeHead tree_;
  std::int64_t now_us_ = kStartUs;
  std::vector<v1::Record> all_;
  std::map<std::string, std::string> receipts_;
  int commands_ = 0;
};

TEST_F(LogIndexTest, FindsWhatAListFinds) {
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    AppendGroup();
    for (int i = 0; i < 4; ++i) CheckLists();
    CheckStream();
    CheckRecords();
    CheckTree();
    if (Below(40) != 0) continue;
    if (Below(3) == 0) {
      index_.reset();
      std::filesystem::remove_all(directory_ / "index");
    }
    Open();
    EXPECT_EQ(index_->tree().root, tree_.root);
  }
  EXPECT_TRUE(Eventually([this] { return index_->written() == head_.position; }));
}

// The index of a ledger that was put back to an earlier state, or of another ledger.
TEST_F(LogIndexTest, AnIndexOfAnotherHistoryIsMadeAnew) {
  for (int i = 0; i < 20; ++i) AppendGroup();
  index_.reset();
  store_.reset();
  std::filesystem::remove_all(directory_ / "log");
  all_.clear();
  receipts_.clear();
  Open();
  EXPECT_EQ(head_.position, 0U);
  EXPECT_EQ(index_->tree().size, 0U);
  EXPECT_TRUE(index_->Forward(keys::OfActor("actor0"), 0, ~0ULL, 9).empty());
  for (int i = 0; i < 20; ++i) AppendGroup();
  CheckTree();
  CheckRecords();
}

// What rots while it is open is found by no check of the whole.
class RottenIndexTest : public ::testing::Test {
 protected:
  struct Ended {};

  // A new one: what was met before is forgotten.
  std::unique_ptr<IndexStore> Open() {
    std::filesystem::remove(folder_ + "/DAMAGED");
    Disk disk;
    disk.on_failure = [](const rocksdb::Status&) { throw Ended(); };
    auto store = IndexStore::Open(folder_, disk);
    HQ_CHECK(store.ok(), store.status().ToString().c_str());
    return *std::move(store);
  }
  std::filesystem::path TableFile() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      if (entry.path().extension() == ".sst") return entry.path();
    HQ_CHECK(false, "what was written lies in a table file once it is closed");
    return {};
  }
  static void Flip(const std::filesystem::path& path, std::uintmax_t offset) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }

  const TempDir directory_;
  const std::string folder_ = directory_ / "index";
};

TEST_F(RottenIndexTest, NoAnswerIsShorterThanTheTruth) {
  constexpr std::uintmax_t kLessThanARow = 3'000;
  std::mt19937_64 random(Seed());
  RecentIndex stretch;
  std::vector<Position> positions;
  Position position = 0;
  for (Version version = 1; version <= 5 * kPostingsMax; ++version) {
    position += 1 + random() % 200;
    positions.push_back(position);
    stretch.Add({position, version, "entry-koosy", "koosy", "page_seen", "ann", "", ""});
  }
  std::reverse(positions.begin(), positions.end());
  Open()->Write(stretch, IndexMark());
  const auto file = TableFile();
  int ended = 0;
  for (std::uintmax_t offset = 0; offset < std::filesystem::file_size(file);
       offset += kLessThanARow) {
    const auto store = Open();
    Flip(file, offset);
    for (const std::string& key : {keys::OfBranch("koosy"), keys::OfStream("entry-koosy")}) {
      try {
        EXPECT_TRUE(store->Backward(key, 0, position, positions.size()) == positions)
            << key << ", with the byte at " << offset;
      } catch (const Ended&) {
        ++ended;
      }
    }
    Flip(file, offset);
  }
  EXPECT_GT(ended, 0);
}

}  // namespace
}  // namespace hq::ledger
