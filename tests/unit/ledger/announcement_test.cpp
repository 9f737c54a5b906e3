#include "services/ledger/core/announcement.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hq::ledger {
namespace {

TEST(AnnouncementTest, NamesTheServiceTheRecordBelongsTo) {
  v1::Record record;
  record.set_epoch(2);
  record.set_position(41);
  record.set_id("TXN-20260118-004");
  record.set_stream("rollout-7f3a");
  record.set_branch("koosy");
  record.set_event("deploy_failed");
  record.set_occurred_at_us(1'768'557'600'000'000);
  record.set_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const std::string bytes = record.SerializeAsString();
  const Announcement announcement = AnnouncementOf(record, bytes);
  EXPECT_EQ(announcement.subject, "hq.events.koosy.deploy_failed");
  EXPECT_EQ(announcement.payload, bytes);
  const std::map<std::string, std::string> headers(announcement.headers.begin(),
                                                   announcement.headers.end());
  EXPECT_EQ(headers.size(), announcement.headers.size());
  EXPECT_EQ(headers.at("ce-id"), "2:41");
  EXPECT_EQ(headers.at("Nats-Msg-Id"), "2:41");
  EXPECT_EQ(headers.at("ce-type"), "hq.deploy_failed.v1");
  EXPECT_EQ(headers.at("ce-source"), "/hq/sync");
  EXPECT_EQ(headers.at("ce-time"), "2026-01-16T10:00:00.000000Z");
  EXPECT_EQ(headers.at("traceparent"), record.traceparent());
}

TEST(AnnouncementTest, SaysOfAnImportedEntryThatItIsHistory) {
  v1::Record record;
  record.set_stream("entry-koosy");
  record.set_branch("koosy");
  record.set_event("deploy_failed");
  const auto says_so = [](const Announcement& announcement) {
    return std::map<std::string, std::string>(announcement.headers.begin(),
                                              announcement.headers.end())
               .count("Hq-Imported") == 1;
  };
  EXPECT_FALSE(says_so(AnnouncementOf(record, "bytes")));
  record.set_source_line("{}");
  EXPECT_TRUE(says_so(AnnouncementOf(record, "bytes")));
}

TEST(AnnouncementTest, HeaderValuesAreEscapedAsCloudEventsSays) {
  EXPECT_EQ(HeaderValue("plain-value_1"), "plain-value_1");
  EXPECT_EQ(HeaderValue("a b\"c%d\r\n"), "a%20b%22c%25d%0D%0A");
  EXPECT_EQ(HeaderValue("한"), "%ED%95%9C");
}

}  // namespace
}  // namespace hq::ledger
