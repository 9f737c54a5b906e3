#include "services/ledger/core/announcement.hpp"

#include <algorithm>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/authority.hpp"

namespace hq::ledger {
namespace {

// The service whose streams these are; plain entries have none but the ledger.
std::string SourceOf(const v1::Record& record) {
  const std::string_view name = CategoryOf(record.stream());
  const auto categories = Categories();
  const auto it = std::find_if(categories.begin(), categories.end(),
                               [name](const Category& category) { return category.name == name; });
  return "/hq/" + std::string(it == categories.end() ? "ledger" : it->owner);
}

}  // namespace

std::string HeaderValue(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string value;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '%') {
      value += c;
    } else {
      value += '%';
      value += kHexDigits[byte >> 4];
      value += kHexDigits[byte & 0xf];
    }
  }
  return value;
}

std::string MessageIdOf(const v1::Record& record) {
  return std::to_string(record.epoch()) + ":" + std::to_string(record.position());
}

Announcement AnnouncementOf(const v1::Record& record, const std::string& bytes) {
  const std::string epoch = std::to_string(record.epoch());
  const std::string position = std::to_string(record.position());
  const std::string id = MessageIdOf(record);
  Announcement made{"hq.events." + record.branch() + "." + record.event(), {}, bytes};
  made.headers = {
      {"Nats-Msg-Id", id},
      {"Hq-Position", position},
      {"Hq-Epoch", epoch},
      {"ce-specversion", "1.0"},
      {"ce-id", id},
      {"ce-type", "hq." + record.event() + ".v1"},
      {"ce-source", SourceOf(record)},
      {"ce-subject", HeaderValue(record.branch())},
      {"ce-time", ToRfc3339(FromMicros(record.occurred_at_us()))},
      {"ce-txn", record.id()},
      {"ce-datacontenttype", "application/protobuf"},
  };
  // So that a subscriber who reacts to an event's name can tell history from news.
  if (!record.source_line().empty()) made.headers.emplace_back("Hq-Imported", "true");
  if (!record.traceparent().empty())
    made.headers.emplace_back("traceparent", HeaderValue(record.traceparent()));
  return made;
}

}  // namespace hq::ledger
