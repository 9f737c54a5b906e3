// Goal: a plain entry is about a cell that the registry knows, as soon as there is a registry.
// Method: groups on a history that is a few stream versions.
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
  Position FirstMatch(const Selection& selection, Position /*after*/) const override {
    for (const auto& [stream, version] : versions_)
      if (stream.starts_with(selection.category + "-")) return 1;
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

}  // namespace
}  // namespace hq::ledger
