// Goal: a plain entry is about a cell that the registry knows, as soon as there is a registry; and
// what an append says must not have happened is not looked for without an end. Method: groups on a
// history that is a few stream versions, or records that do not match.
#include "services/ledger/core/commit_group.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hq::ledger {
namespace {

class FewStreams final : public History {
 public:
  explicit FewStreams(std::map<std::string, Version> versions) : versions_(std::move(versions)) {}

  Version VersionOf(const std::string& stream) const override {
    const auto found = versions_.find(stream);
    return found == versions_.end() ? 0 : found->second;
  }
  std::optional<v1::CommandReceipt> ReceiptOf(const std::string& /*key*/) const override {
    return std::nullopt;
  }
  std::optional<Position> FirstMatch(const Selection& selection, Position /*after*/,
                                     std::size_t& candidates_left) const override {
    for (const auto& [stream, version] : versions_) {
      if (!stream.starts_with(selection.category + "-")) continue;
      if (candidates_left-- == 0) return std::nullopt;
      return 1;
    }
    return 0;
  }

 private:
  const std::map<std::string, Version> versions_;
};

v1::AppendRequest EntryFor(const std::string& cell) {
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-" + cell);
  auto* event = append->add_events();
  event->set_branch(cell);
  event->set_event("page_seen");
  return request;
}

Status TakenOn(const std::map<std::string, Version>& streams, const v1::AppendRequest& request) {
  const FewStreams history(streams);
  const Appender appender;
  CommitGroup group(history, {}, 1'768'550'400'000'000);
  return group.Take({appender, request}).status();
}

TEST(CommitGroupTest, AnEntryIsAboutARegisteredCell) {
  const std::map<std::string, Version> registry = {{"cell-koosy", 2}};
  EXPECT_TRUE(TakenOn(registry, EntryFor("koosy")).ok());
  EXPECT_TRUE(TakenOn(registry, EntryFor("hq")).ok());
  const Status refused = TakenOn(registry, EntryFor("nowhere"));
  EXPECT_TRUE(absl::IsNotFound(refused)) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "UNKNOWN_CELL");
}

TEST(CommitGroupTest, WithoutARegistryAnyCellMayBeNamed) {
  EXPECT_TRUE(TakenOn({{"entry-koosy", 2}}, EntryFor("nowhere")).ok());
}

TEST(CommitGroupTest, WhatIsImportedMayBeOlderThanTheRegistry) {
  v1::AppendRequest request = EntryFor("nowhere");
  request.mutable_appends(0)->mutable_events(0)->set_source_line("{}");
  EXPECT_TRUE(TakenOn({{"cell-koosy", 1}}, request).ok());
}

TEST(CommitGroupTest, OneUnknownCellRefusesTheWholeRequest) {
  v1::AppendRequest request = EntryFor("koosy");
  *request.add_appends() = EntryFor("nowhere").appends(0);
  const FewStreams history({{"cell-koosy", 1}});
  const Appender appender;
  CommitGroup group(history, {}, 1'768'550'400'000'000);
  EXPECT_FALSE(group.Take({appender, request}).ok());
  EXPECT_EQ(group.records(), 0u);
}

// Any query has all records behind its position as candidates; none matches.
class NothingMatches final : public History {
 public:
  explicit NothingMatches(Position head) : head_(head) {}

  Version VersionOf(const std::string& /*stream*/) const override { return 0; }
  std::optional<v1::CommandReceipt> ReceiptOf(const std::string& /*key*/) const override {
    return std::nullopt;
  }
  std::optional<Position> FirstMatch(const Selection& /*selection*/, Position after,
                                     std::size_t& candidates_left) const override {
    const std::size_t candidates = head_ - after;
    if (candidates > candidates_left) return std::nullopt;
    candidates_left -= candidates;
    return 0;
  }

 private:
  const Position head_;
};

// Whether an append is taken that says of each of these that nothing has happened behind it.
Status TakenUnlessSince(const std::vector<Position>& positions) {
  constexpr Position kHead = 100'000;
  v1::AppendRequest request = EntryFor("hq");
  for (const Position position : positions) {
    auto* no_match = request.add_no_matches();
    no_match->mutable_filter()->set_event("deploy_tried");
    no_match->set_after_position(position);
  }
  const NothingMatches history(kHead);
  const Appender appender;
  CommitGroup group(history, {}, 1'768'550'400'000'000);
  const Status taken = group.Take({appender, request}).status();
  EXPECT_EQ(group.records(), taken.ok() ? 1u : 0u);
  return taken;
}

TEST(CommitGroupTest, AQueryThatIsTooWideIsRefused) {
  EXPECT_TRUE(TakenUnlessSince({100'000 - 4'096}).ok());
  const Status refused = TakenUnlessSince({100'000 - 4'097});
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "QUERY_TOO_WIDE");
  EXPECT_NE(AdviceOf(refused).next_step.find("after_position"), std::string::npos);
}

TEST(CommitGroupTest, AllQueriesOfAnAppendTogetherAreBounded) {
  EXPECT_TRUE(TakenUnlessSince(std::vector<Position>(16, 100'000 - 256)).ok());
  std::vector<Position> positions(15, 100'000 - 256);
  positions.push_back(100'000 - 257);
  const Status refused = TakenUnlessSince(positions);
  EXPECT_EQ(AdviceOf(refused).reason, "QUERY_TOO_WIDE") << refused;
  EXPECT_NE(refused.message().find("no_matches[15]"), std::string::npos) << refused;
}

}  // namespace
}  // namespace hq::ledger
