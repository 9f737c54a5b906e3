// The rows of the log and of the index: what goes in comes out, and what is no row is refused.
#include <gtest/gtest.h>

#include <random>

#include "services/ledger/core/index_mark.hpp"
#include "services/ledger/core/posting_list.hpp"
#include "services/ledger/core/receipt_builder.hpp"
#include "services/ledger/core/receipt_row.hpp"
#include "services/ledger/core/recent_index.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

TEST(RecordFrames, AreTheEncodingOfARepeatedField) {
  v1::ReadResponse response;
  std::string frames;
  for (const int size : {0, 1, 127, 128, 300, 20'000, 70'000}) {
    auto* record = response.add_records();
    record->set_source_line(std::string(static_cast<std::size_t>(size), 'x'));
    AddFrame(frames, record->SerializeAsString());
  }
  EXPECT_EQ(frames, response.SerializeAsString());
  FrameWalker walker(frames);
  for (const auto& record : response.records())
    EXPECT_EQ(walker.Next().value_or(""), record.SerializeAsString());
  EXPECT_FALSE(walker.Next().has_value());
  EXPECT_FALSE(walker.is_broken());
  EXPECT_EQ(walker.offset(), frames.size());
}

TEST(RecordFrames, BrokenOnesAreSaidToBe) {
  std::string frames;
  AddFrame(frames, "one");
  AddFrame(frames, std::string(200, 't'));
  for (std::size_t size = 0; size < frames.size(); ++size) {
    FrameWalker walker(std::string_view(frames).substr(0, size));
    while (walker.Next()) {
    }
    EXPECT_EQ(walker.is_broken(), size != 0 && size != 5) << size;
  }
  FrameWalker endless("\x0a\xff\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_FALSE(endless.Next().has_value());
  EXPECT_TRUE(endless.is_broken());
}

TEST(PostingList, ComesBackAsItWas) {
  const std::vector<Position> positions = {1, 2, 200, 100'000, 1ULL << 60};
  const std::string bytes = EncodePostings(positions);
  EXPECT_EQ(DecodePostings(bytes), positions);
  EXPECT_EQ(CountPostings(bytes), positions.size());
  EXPECT_FALSE(DecodePostings(bytes.substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(DecodePostings(bytes + "x").has_value());
  EXPECT_FALSE(DecodePostings("").has_value());
}

v1::CommandReceipt Receipt(const std::vector<std::string>& ids) {
  v1::CommandReceipt receipt;
  receipt.set_command_digest(std::string(32, 'd'));
  receipt.mutable_receipt()->set_first_position(7);
  receipt.mutable_receipt()->set_last_position(7 + ids.size() - 1);
  for (const auto& id : ids) receipt.mutable_receipt()->add_ids(id);
  auto* stream = receipt.mutable_receipt()->add_streams();
  stream->set_stream("entry-koosy");
  stream->set_version(9);
  return receipt;
}

TEST(ReceiptRow, LosesNothing) {
  for (const auto& ids : std::vector<std::vector<std::string>>{
           {"TXN-20260118-001"},
           {"TXN-20260118-999", "TXN-20260118-1000", "TXN-20260118-1001"},
           {"TXN-20260118-004", "TXN-20260119-001"}}) {
    const auto receipt = Receipt(ids);
    const auto back = DecodeReceipt(EncodeReceipt(receipt));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->SerializeAsString(), receipt.SerializeAsString());
  }
  EXPECT_FALSE(DecodeReceipt("nonsense").has_value());
  EXPECT_FALSE(DecodeReceipt("").has_value());
}

v1::Record RecordOf(Position position, const std::string& stream, Version version,
                    const std::string& command_id) {
  v1::Record record;
  record.set_position(position);
  record.set_id("TXN-20260118-00" + std::to_string(position));
  record.set_stream(stream);
  record.set_version(version);
  record.set_producer("sync");
  record.set_actor("ann");
  record.set_command_id(command_id);
  if (!command_id.empty()) record.set_command_digest("digest");
  return record;
}

TEST(ReceiptBuilder, ReadsWhatACommandAppended) {
  ReceiptBuilder builder;
  builder.Add(RecordOf(1, "rollout-a", 1, "c1"));
  EXPECT_TRUE(builder.Continues(RecordOf(2, "rollout-b", 4, "c1")));
  builder.Add(RecordOf(2, "rollout-b", 4, "c1"));
  builder.Add(RecordOf(3, "rollout-b", 5, "c1"));
  EXPECT_FALSE(builder.Continues(RecordOf(4, "rollout-b", 6, "c2")));
  EXPECT_FALSE(builder.Continues(RecordOf(4, "rollout-b", 6, "")));
  const auto receipt = builder.Finish();
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(receipt->second.receipt().first_position(), 1);
  EXPECT_EQ(receipt->second.receipt().last_position(), 3);
  ASSERT_EQ(receipt->second.receipt().streams_size(), 2);
  EXPECT_EQ(receipt->second.receipt().streams(1).version(), 5);
  EXPECT_EQ(receipt->second.receipt().ids(2), "TXN-20260118-003");
  builder.Add(RecordOf(4, "rollout-b", 6, ""));
  EXPECT_FALSE(builder.Finish().has_value());
}

TEST(IndexMark, ComesBackAsItWas) {
  IndexMark mark{"log", 3, std::string(32, 'h'), {}};
  std::vector<TileHash> filled;
  for (int i = 0; i < 3; ++i) mark.frontier.Append(std::string(32, 'l'), filled);
  const std::string bytes = mark.Serialize();
  const auto back = IndexMark::Parse(bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->log_id, "log");
  EXPECT_EQ(back->position, 3U);
  EXPECT_EQ(back->hash, mark.hash);
  EXPECT_EQ(back->frontier, mark.frontier);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(IndexMark::Parse(std::string_view(bytes).substr(0, size)).ok()) << size;
  mark.position = 4;
  EXPECT_FALSE(IndexMark::Parse(mark.Serialize()).ok());
}

TEST(RecentIndex, FindsByWhatRecordsHaveInCommon) {
  RecentIndex index;
  index.AddIdRun({"20260118", 5}, 10);
  for (Position position = 10; position < 16; ++position) {
    const bool is_odd = position % 2 == 1;
    index.Add({position, 3 + (position - 10) / 2, is_odd ? "entry-a" : "entry-b",
               is_odd ? "a" : "b", "page_seen", "ann", is_odd ? "ro-1" : "", ""});
  }
  const auto* stream = index.Find("sentry-b" + std::string(1, '\0'));
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(stream->first_version, 3U);
  EXPECT_EQ(stream->positions, (std::vector<Position>{10, 12, 14}));
  EXPECT_EQ(index.Find("rro-1" + std::string(1, '\0'))->positions,
            (std::vector<Position>{11, 13, 15}));
  EXPECT_EQ(index.Find("rro-2" + std::string(1, '\0')), nullptr);
  EXPECT_EQ(index.PositionOf({"20260118", 8}), 13U);
  EXPECT_FALSE(index.PositionOf({"20260118", 4}).has_value());
  EXPECT_FALSE(index.PositionOf({"20260119", 5}).has_value());
  EXPECT_EQ(index.first(), 10U);
  EXPECT_EQ(index.last(), 15U);
}

}  // namespace
}  // namespace hq::ledger
