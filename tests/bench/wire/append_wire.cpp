#include "tests/bench/wire/append_wire.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"

namespace hq::bench {
namespace {

namespace v1 = ledger::v1;

// Tags of the fields that are written by hand: (number << 3) | wire type.
constexpr char kAppendsTag = 0x0a;          // AppendRequest.appends
constexpr char kStreamTag = 0x0a;           // StreamAppend.stream
constexpr char kExpectedVersionTag = 0x10;  // StreamAppend.expected_version
constexpr char kEventsTag = 0x1a;           // StreamAppend.events
constexpr char kAppendTag = 0x0a;           // AppendStreamRequest.append

std::string Varint(std::uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
  return bytes + static_cast<char>(number);
}

std::string Field(char tag, std::string_view content) {
  return tag + Varint(content.size()) + std::string(content);
}

v1::NewEvent WithPayload(const std::string& payload, std::int64_t occurred_at_us) {
  v1::EffectEvent effect;
  auto* intended = effect.mutable_effect_intended();
  intended->set_effect_key("bench");
  intended->set_kind("open_pull_request");
  intended->set_target("dtslib/koosy");
  intended->set_payload(payload);
  intended->set_repeatability(v1::REPEATABILITY_FOUND_BY_LOOKUP);
  v1::NewEvent event;
  event.set_branch("koosy");
  event.set_event("effect_intended");
  event.set_schema_version(1);
  event.set_occurred_at_us(occurred_at_us);
  event.mutable_data()->PackFrom(effect);
  return event;
}

}  // namespace

std::string NewEventBytes(std::mt19937_64& random, std::int64_t occurred_at_us) {
  std::size_t size = kEventBytes - WithPayload("", occurred_at_us).ByteSizeLong();
  // The payload's own frame, and lengths that become longer with it.
  while (WithPayload(std::string(size, 'x'), occurred_at_us).ByteSizeLong() > kEventBytes) --size;
  std::string payload(size, '\0');
  for (char& byte : payload) byte = static_cast<char>(random());
  std::string bytes = WithPayload(payload, occurred_at_us).SerializeAsString();
  HQ_CHECK(bytes.size() == kEventBytes, "an event has the size of the benchmark");
  return bytes;
}

std::vector<std::string> NewEvents(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(NewEventBytes(random));
  return events;
}

std::vector<std::vector<std::string>> BatchPool(int batch) {
  constexpr std::size_t kPoolEvents = 2'048;
  const auto events = static_cast<std::size_t>(batch);
  std::vector<std::vector<std::string>> pool;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, kPoolEvents / events); ++i)
    pool.push_back(NewEvents(events, i + 1));
  return pool;
}

std::string EventFields(const std::vector<std::string>& events) {
  std::string fields;
  for (const auto& event : events) fields += Field(kEventsTag, event);
  return fields;
}

std::string AppendHeader(std::string_view stream, std::optional<std::uint64_t> expected_version,
                         std::size_t event_fields_bytes) {
  std::string inner = Field(kStreamTag, stream);
  if (expected_version) inner += kExpectedVersionTag + Varint(*expected_version);
  return kAppendsTag + Varint(inner.size() + event_fields_bytes) + inner;
}

std::string AppendStreamHeader(std::string_view stream,
                               std::optional<std::uint64_t> expected_version,
                               std::size_t event_fields_bytes) {
  const std::string header = AppendHeader(stream, expected_version, event_fields_bytes);
  return kAppendTag + Varint(header.size() + event_fields_bytes) + header;
}

}  // namespace hq::bench
