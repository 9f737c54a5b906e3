#include "services/ledger/core/append.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

const TimePoint kNow = FromMicros(1'768'557'600'000'000);

v1::AppendRequest Good() {
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-koosy");
  auto* event = append->add_events();
  event->set_branch("koosy");
  event->set_event("llm_generate");
  event->set_status("success");
  event->set_tokens(1450);
  event->set_claimed_cost("0.031");
  event->set_tier("premium");
  event->set_causation_id("TXN-20260116-001");
  request.add_conditions()->set_stream("policy");
  request.set_command_id("command-1");
  request.set_correlation_id("rollout 7");
  request.set_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  return request;
}

v1::AppendRequest WithData() {
  decision::v1::KillSwitchEvent event;
  event.mutable_kill_switch_activated()->set_reason("test");
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("kill_switch-global");
  auto* added = append->add_events();
  added->set_branch("hq");
  added->set_event(EventNameOf(event));
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(event);
  return request;
}

v1::NewEvent& EventIn(v1::AppendRequest& request) {
  return *request.mutable_appends(0)->mutable_events(0);
}

// The request, with one thing wrong, is refused naming the field.
void ExpectBad(v1::AppendRequest request, const std::function<void(v1::AppendRequest&)>& spoil,
               const std::string& path) {
  ASSERT_TRUE(CheckAppend(request, kNow).ok());
  spoil(request);
  const Status status = CheckAppend(request, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
  EXPECT_EQ(std::string(status.message()).substr(0, path.size()), path) << status;
}

TEST(AppendTest, TakesWhatIsWellFormed) {
  EXPECT_TRUE(CheckAppend(Good(), kNow).ok()) << CheckAppend(Good(), kNow);
  EXPECT_TRUE(CheckAppend(WithData(), kNow).ok()) << CheckAppend(WithData(), kNow);
}

TEST(AppendTest, NamesTheFieldOfAnEventThatIsWrong) {
  const std::string at = "appends[0].events[0]";
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_branch("No Cell"); }, at + ".branch");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_event("deploy.failed"); }, at + ".event");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_event("a >"); }, at + ".event");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_status("a\nb"); }, at + ".status");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_status(std::string(65, 's')); }, at + ".status");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_tokens(-1); }, at + ".tokens");
  for (const char* cost : {"-1", "1,5", "NaN", "0x10", "1e999", "0.0000000001"})
    ExpectBad(
        Good(), [cost](auto& r) { EventIn(r).set_claimed_cost(cost); }, at + ".claimed_cost");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_tier("Premium!"); }, at + ".tier");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_occurred_at_us(-1); }, at + ".occurred_at_us");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_occurred_at_us(ToMicros(kNow) + kAheadMaxUs + 1); },
      at + ".occurred_at_us");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_causation_id("TXN-1"); }, at + ".causation_id");
  ExpectBad(
      Good(), [](auto& r) { EventIn(r).set_schema_version(1); }, at + ".schema_version");
}

TEST(AppendTest, ASourceIsOneLineOfABoundedLength) {
  const std::string at = "appends[0].events[0]";
  v1::AppendRequest imported = Good();
  EventIn(imported).set_source_id("TXN-20260116-001");
  EventIn(imported).set_source_line("{}");
  ExpectBad(
      imported, [](auto& r) { EventIn(r).set_source_id("a\nb"); }, at + ".source_id");
  ExpectBad(
      imported, [](auto& r) { EventIn(r).set_source_id(std::string(129, 'x')); },
      at + ".source_id");
  ExpectBad(
      imported, [](auto& r) { EventIn(r).set_source_line("{}\n"); }, at + ".source_line");
  ExpectBad(
      imported, [](auto& r) { EventIn(r).set_source_line(""); }, at + ".source_line");
  ExpectBad(
      imported,
      [](auto& r) { EventIn(r).set_source_line(std::string(kSourceLineBytesMax + 1, 'x')); },
      at + ".source_line");
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).set_source_line("{}"); }, at + ".data");
}

TEST(AppendTest, DataMustBeTheEventThatIsNamed) {
  const std::string at = "appends[0].events[0]";
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).set_event("kill_switch_released"); }, at + ".event");
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).set_event("page_seen"); }, at + ".event");
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).set_event("ledger_error"); }, at + ".data");
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).set_schema_version(0); }, at + ".schema_version");
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).mutable_data()->set_value("\xff\xff"); }, at + ".data");
  ExpectBad(
      WithData(), [](auto& r) { EventIn(r).mutable_data()->set_type_url("x/hq.Unknown"); },
      at + ".data");
}

TEST(AppendTest, NamesTheFieldOfARequestThatIsWrong) {
  ExpectBad(
      Good(), [](auto& r) { r.clear_appends(); }, "appends");
  ExpectBad(
      Good(), [](auto& r) { r.mutable_appends(0)->set_stream("Entry koosy"); },
      "appends[0].stream");
  ExpectBad(
      Good(), [](auto& r) { r.mutable_appends(0)->clear_events(); }, "appends[0].events");
  ExpectBad(
      Good(), [](auto& r) { *r.add_appends() = r.appends(0); }, "appends[1].stream");
  ExpectBad(
      Good(), [](auto& r) { r.mutable_conditions(0)->set_stream(""); }, "conditions[0].stream");
  ExpectBad(
      Good(), [](auto& r) { r.set_command_id(std::string(129, 'c')); }, "command_id");
  ExpectBad(
      Good(), [](auto& r) { r.set_command_digest("short"); }, "command_digest");
  ExpectBad(
      Good(),
      [](auto& r) {
        r.clear_command_id();
        r.set_command_digest(std::string(32, 'd'));
      },
      "command_digest");
  ExpectBad(
      Good(), [](auto& r) { r.set_actor("a\r\nb"); }, "actor");
  ExpectBad(
      Good(), [](auto& r) { r.set_correlation_id(std::string(129, 'c')); }, "correlation_id");
  ExpectBad(
      Good(), [](auto& r) { r.set_traceparent("00\r\nHq-Position: 7"); }, "traceparent");
}

TEST(AppendTest, ManyAndMuchAreBounded) {
  auto many = Good();
  while (many.appends(0).events_size() < static_cast<int>(kEventsMax))
    *many.mutable_appends(0)->add_events() = many.appends(0).events(0);
  ExpectBad(
      many, [](auto& r) { *r.mutable_appends(0)->add_events() = r.appends(0).events(0); },
      "appends[0].events");
  ExpectBad(
      Good(),
      [](auto& r) { EventIn(r).mutable_data()->set_value(std::string(kRecordBytesMax, 'x')); },
      "appends[0].events[0]");
}

TEST(AppendTest, ARepeatHasTheSameDigestHoweverItIsTraced) {
  const Appender ann{"ann", "hq_admin", {}};
  auto first = Good();
  auto repeat = Good();
  repeat.set_traceparent("");
  repeat.set_epoch(1);
  auto other = Good();
  EventIn(other).set_tokens(1451);
  for (auto* request : {&first, &repeat, &other}) ASSERT_TRUE(CompleteAppend(ann, *request).ok());
  EXPECT_EQ(first.command_digest().size(), 32U);
  EXPECT_EQ(first.command_digest(), repeat.command_digest());
  EXPECT_NE(first.command_digest(), other.command_digest());
  EXPECT_EQ(first.actor(), "ann");
  EXPECT_EQ(first.role(), "hq_admin");
}

}  // namespace
}  // namespace hq::ledger
