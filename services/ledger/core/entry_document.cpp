#include "services/ledger/core/entry_document.hpp"

#include <limits>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "common/config/schema.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/entry_schema.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kLine = "line";  // What stands for the file's name in a fault.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Status LineFault(std::string_view path, std::string_view message) {
  return config::FileFault(kLine, path, message);
}

// Times are read by ourselves: the ledger needs the instant, not only that there is one.
const config::Schema& EntrySchema() {
  static const auto* schema = [] {
    auto compiled =
        config::Schema::Compile("ledger-entry.schema.json", EntrySchemaText(), {"date-time"});
    HQ_CHECK(compiled.ok(), "the schema that is compiled in is one");
    return new config::Schema(*std::move(compiled));
  }();
  return *schema;
}

void ReadTokens(config::ObjectReader& reader, v1::NewEvent& entry) {
  constexpr Nanos kUnit = 1'000'000'000;
  if (!reader.Has("tokens")) return;
  const Nanos nanos = reader.Decimal("tokens");
  const bool is_whole = nanos % kUnit == 0;
  if (!is_whole || nanos < 0 || nanos / kUnit > std::numeric_limits<std::int64_t>::max()) {
    reader.Fault("tokens", "must be a whole number, 0 or more, of 63 bits");
  } else {
    entry.set_tokens(static_cast<std::int64_t>(nanos / kUnit));
  }
}

// The number's own digits, never a double's.
void ReadCost(config::ObjectReader& reader, v1::NewEvent& entry) {
  if (!reader.Has("cost")) return;
  const Nanos nanos = reader.Decimal("cost");
  if (nanos < 0) reader.Fault("cost", "negative");
  entry.set_claimed_cost(FormatNanos(nanos));
}

void ReadTimestamp(config::ObjectReader& reader, v1::NewEvent& entry) {
  const std::string text = reader.String("timestamp");
  const auto micros = MicrosOfRfc3339(text);
  if (!micros) {
    reader.Fault("timestamp", "must be an RFC 3339 date-time, e.g. \"2026-01-18T01:02:03Z\"");
  } else if (*micros <= 0) {  // 0 would mean "now".
    reader.Fault("timestamp", "must lie after 1970-01-01T00:00:00Z");
  } else {
    entry.set_occurred_at_us(*micros);
  }
}

Status ReadEntry(const config::Value& object, v1::NewEvent& entry) {
  config::ObjectReader reader(kLine, "$", object);
  entry.set_source_id(reader.String("id", ""));
  entry.set_branch(reader.String("branch"));
  entry.set_event(reader.String("event"));
  entry.set_status(reader.String("status", ""));
  ReadTokens(reader, entry);
  ReadCost(reader, entry);
  entry.set_tier(reader.String("tier", ""));
  ReadTimestamp(reader, entry);
  // The actor is a claim, and the rest is nobody's: both go on in the line itself.
  for (const auto& [name, value] : object.fields) reader.Ignore(name);
  return reader.Done();
}

// The rules that every append is held to, under the names that stand in the document. Time has no
// part in it here: see CheckEntryTime.
Status CheckRules(const v1::NewEvent& entry) {
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max() - kAheadMaxUs;
  const Status status = CheckEvent("$", entry, kEver);
  if (status.ok()) return status;
  const std::string message(status.message());
  const std::size_t colon = message.find(": ");
  std::string path = message.substr(0, colon);
  if (path == "$.source_id") path = "$.id";
  if (path == "$.claimed_cost") path = "$.cost";
  return LineFault(path, message.substr(colon + 2));
}

Result<config::Value> ReadLine(std::string_view line) {
  if (line.size() > kSourceLineBytesMax)
    return LineFault("$", "longer than " + std::to_string(kSourceLineBytesMax) + " bytes");
  if (line.starts_with(kByteOrderMark))
    return LineFault("$", "begins with a byte order mark; JSON has none");
  if (line.starts_with("//") || line.starts_with('#'))
    return LineFault("$", "a comment is no entry; take it out");
  return config::ParseStrict(kLine, line);
}

Result<v1::NewEvent> EntryOf(std::string_view line, const config::Value& object) {
  v1::NewEvent entry;
  HQ_RETURN_IF_ERROR(ReadEntry(object, entry));
  entry.set_source_line(std::string(line));
  HQ_RETURN_IF_ERROR(CheckRules(entry));
  return entry;
}

// What stands in a line without quotes: a claim is an exact decimal, which is a JSON number unless
// it has zeros in front, perhaps behind the sign of a zero.
std::string JsonNumberOf(const std::string& claimed) {
  const bool has_leading_zero =
      claimed.size() > 1 && claimed[0] == '0' && claimed[1] >= '0' && claimed[1] <= '9';
  const bool is_plain = !has_leading_zero && claimed[0] != '-';
  if (is_plain) return claimed;
  const auto nanos = ParseNanos(claimed);
  return nanos.ok() ? FormatNanos(*nanos) : "0";
}

}  // namespace

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

Result<v1::NewEvent> ParseEntryLine(std::string_view line) {
  HQ_ASSIGN_OR_RETURN(const auto object, ReadLine(line));
  HQ_RETURN_IF_ERROR(EntrySchema().Check(kLine, object));
  return EntryOf(line, object);
}

Result<v1::NewEvent> ParseCheckedLine(std::string_view line) {
  HQ_ASSIGN_OR_RETURN(const auto object, ReadLine(line));
  return EntryOf(line, object);
}

Status CheckEntryTime(const v1::NewEvent& entry, TimePoint now) {
  if (entry.occurred_at_us() <= ToMicros(now) + kAheadMaxUs) return absl::OkStatus();
  return LineFault("$.timestamp", "more than a day ahead");
}

config::Fault FaultOfLine(const Status& status) { return config::FaultOf(kLine, status); }

std::string EntryLineOf(const v1::Record& record) {
  if (!record.source_line().empty()) return record.source_line();
  std::string line = "{\"id\":" + config::JsonString(record.id());
  const auto add = [&line](std::string_view name, const std::string& json) {
    line += ",\"" + std::string(name) + "\":" + json;
  };
  const auto add_text = [&add](std::string_view name, const std::string& text) {
    if (!text.empty()) add(name, config::JsonString(text));
  };
  add("branch", config::JsonString(record.branch()));
  add("event", config::JsonString(record.event()));
  add_text("status", record.status());
  if (record.has_tokens()) add("tokens", std::to_string(record.tokens()));
  if (!record.claimed_cost().empty()) add("cost", JsonNumberOf(record.claimed_cost()));
  add_text("tier", record.tier());
  add_text("actor", record.actor());
  add("timestamp", config::JsonString(ToRfc3339(FromMicros(record.occurred_at_us()))));
  return line + "}";
}

}  // namespace hq::ledger
