// Goal: a line of the whitepaper's kind is an entry with nothing lost, anything else is refused at
// the place that is wrong, and no bytes do harm.
#include "services/ledger/core/entry_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/config/schema.hpp"
#include "services/ledger/core/append.hpp"
#include "services/ledger/core/entry_schema.hpp"
#include "services/ledger/core/limits.hpp"
#include "tests/support/sample_documents.hpp"

namespace hq::ledger {
namespace {

using ::testing::HasSubstr;

const TimePoint kNow = FromMicros(1'793'000'000'000'000);

std::vector<std::string> LinesOf(const std::string& document) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t end; (end = document.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(document.substr(begin, end - begin));
  return lines;
}

// A good line with one field put differently, or one more.
std::string With(const std::string& field, const std::string& json) {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"id", "\"a-1\""},
      {"branch", "\"koosy\""},
      {"event", "\"deploy\""},
      {"timestamp", "\"2026-01-18T01:02:03Z\""}};
  bool is_there = false;
  for (auto& [name, value] : fields)
    if (name == field) {
      value = json;
      is_there = true;
    }
  if (!is_there) fields.emplace_back(field, json);
  std::string line;
  for (const auto& [name, value] : fields)
    line += (line.empty() ? "{\"" : ",\"") + name + "\":" + value;
  return line + "}";
}

TEST(EntryDocumentTest, TakesTheWhitepapersSamples) {
  for (const char* document :
       {testing::kSectionSeven, testing::kSectionNine, testing::kAppendixB}) {
    for (const auto& line : LinesOf(document)) {
      const auto entry = ParseEntryLine(line);
      ASSERT_TRUE(entry.ok()) << line << "\n" << entry.status();
      EXPECT_EQ(entry->source_line(), line);
      EXPECT_EQ(ParseCheckedLine(line)->SerializeAsString(), entry->SerializeAsString());
      EXPECT_TRUE(CheckEntryTime(*entry, kNow).ok());
    }
  }
}

TEST(EntryDocumentTest, MapsWhatARecordHas) {
  const std::string line = LinesOf(testing::kSectionNine)[0];
  const auto entry = ParseEntryLine(line);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->source_id(), "TXN-20260118-014");
  EXPECT_EQ(entry->branch(), "koosy");
  EXPECT_EQ(entry->event(), "llm_generate");
  EXPECT_EQ(entry->tokens(), 1520);
  EXPECT_EQ(entry->claimed_cost(), "0.02736");
  EXPECT_EQ(entry->tier(), "standard");
  EXPECT_EQ(ToRfc3339(FromMicros(entry->occurred_at_us())), "2026-01-18T02:11:44.000000Z");
  EXPECT_EQ(entry->status(), "");
  EXPECT_FALSE(entry->has_data());
  EXPECT_EQ(ParseEntryLine(LinesOf(testing::kSectionSeven)[0])->status(), "success");
}

TEST(EntryDocumentTest, ReadsNumbersByTheirOwnDigits) {
  const auto cost = [](const std::string& json) {
    const auto entry = ParseEntryLine(With("cost", json));
    return entry.ok() ? entry->claimed_cost() : std::string(entry.status().message());
  };
  EXPECT_EQ(cost("0.1"), "0.1");
  EXPECT_EQ(cost("0.030"), "0.03");
  EXPECT_EQ(cost("12345678901234567.123456789"), "12345678901234567.123456789");
  EXPECT_EQ(cost("3.1e-2"), "0.031");
  EXPECT_EQ(cost("0"), "0");
  const auto tokens = [](const std::string& json) {
    return ParseEntryLine(With("tokens", json)).value().tokens();
  };
  EXPECT_EQ(tokens("9223372036854775807"), 9223372036854775807);
  EXPECT_EQ(tokens("1450.0"), 1450);
  EXPECT_EQ(tokens("1.45e3"), 1450);
}

TEST(EntryDocumentTest, RefusesAtThePlaceThatIsWrong) {
  struct Row {
    std::string line;
    std::string path;
    std::string reason;
  };
  const std::string long_line = With("note", "\"" + std::string(kSourceLineBytesMax, 'x') + "\"");
  const std::vector<Row> rows = {
      {"", "$", "no valid JSON"},
      {"{", "$", "no valid JSON"},
      {"[]", "$", "type"},
      {"null", "$", "type"},
      {"{} {}", "$", "no valid JSON"},
      {testing::kSectionSevenComment, "$", "a comment is no entry"},
      {"# a comment", "$", "a comment is no entry"},
      {"\xEF\xBB\xBF{}", "$", "byte order mark"},
      {long_line, "$", "longer than 65536"},
      {With("id", "\"\xff\""), "$.id", "no valid JSON"},
      {R"({"id":"a","id":"b"})", "$.id", "twice"},
      {R"({"id":"a",})", "$.id", "no valid JSON"},
      {R"({"id":"a","branch":"b","event":"c"})", "$", "timestamp"},
      {R"({"branch":"b","event":"c","timestamp":"2026-01-18T01:02:03Z"})", "$", "id"},
      {With("id", "7"), "$.id", "type"},
      {With("id", "\"a\\u0007\""), "$.id", "control characters"},
      {With("id", "\"" + std::string(129, 'x') + "\""), "$.id", "longer than 128"},
      {With("branch", "\"Koosy\""), "$.branch", "no cell's id"},
      {With("branch", "\"\""), "$.branch", "empty"},
      {With("event", "\"deploy failed\""), "$.event", "no event's name"},
      {With("event", "\"a.>\""), "$.event", "no event's name"},
      {With("status", "\"" + std::string(65, 'x') + "\""), "$.status", "longer than 64"},
      {With("tier", "\"Premium!\""), "$.tier", "no tier's name"},
      {With("tokens", "\"5\""), "$.tokens", "type"},
      {With("tokens", "null"), "$.tokens", "type"},
      {With("tokens", "-1"), "$.tokens", "whole number"},
      {With("tokens", "1.5"), "$.tokens", "whole number"},
      {With("tokens", "9223372036854775808"), "$.tokens", "whole number"},
      {With("cost", "\"0.031\""), "$.cost", "type"},
      {With("cost", "-0.031"), "$.cost", "negative"},
      {With("cost", "1e-10"), "$.cost", "finer than"},
      {With("cost", "1e40"), "$.cost", "too large"},
      {With("cost", "1e999"), "$.cost", "no valid JSON"},
      {With("cost", "NaN"), "$.cost", "no valid JSON"},
      {With("cost", "01"), "$.cost", "no valid JSON"},
      {With("timestamp", "5"), "$.timestamp", "type"},
      {With("timestamp", "\"yesterday\""), "$.timestamp", "RFC 3339"},
      {With("timestamp", "\"2026-02-29T00:00:00Z\""), "$.timestamp", "RFC 3339"},
      {With("timestamp", "\"2026-01-18T01:02:03\""), "$.timestamp", "RFC 3339"},
      {With("timestamp", "\"1970-01-01T00:00:00Z\""), "$.timestamp", "after 1970"},
      {With("actor", "{}"), "$.actor", "type"},
      {With("note", "\"ghp_0123456789abcdefghij\""), "$.note", "looks like"},
      {With("a", "{\"b\":[1,{\"c\":1,\"c\":2}]}"), "$.a.b[1].c", "twice"},
  };
  for (const auto& row : rows) {
    const auto entry = ParseEntryLine(row.line);
    ASSERT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument) << row.line.substr(0, 99);
    const auto fault = FaultOfLine(entry.status());
    EXPECT_EQ(fault.path, row.path) << row.line.substr(0, 99) << "\n" << entry.status();
    EXPECT_THAT(fault.message, HasSubstr(row.reason)) << row.line.substr(0, 99);
  }
}

TEST(EntryDocumentTest, AnEntryFromTheFutureIsRefusedByTheClockThatIsGiven) {
  const auto entry = ParseEntryLine(With("timestamp", "\"2200-01-01T00:00:00Z\""));
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(FaultOfLine(CheckEntryTime(*entry, kNow)).path, "$.timestamp");
  const auto ahead = FromMicros(entry->occurred_at_us() - kAheadMaxUs);
  EXPECT_TRUE(CheckEntryTime(*entry, ahead).ok());
}

TEST(EntryDocumentTest, KnowsBlankLines) {
  for (const char* blank : {"", " ", "\t \r"}) EXPECT_TRUE(IsBlankLine(blank));
  for (const char* line : {"{}", " x", "\v"}) EXPECT_FALSE(IsBlankLine(line));
}

v1::Record OwnRecord() {
  v1::Record record;
  record.set_id("TXN-20260118-014");
  record.set_branch("koosy");
  record.set_event("llm_generate");
  record.set_actor("llm-koosy");
  record.set_occurred_at_us(1'768'702'304'000'001);
  return record;
}

TEST(EntryDocumentTest, WritesARecordWithTheWhitepapersFields) {
  v1::Record record = OwnRecord();
  EXPECT_EQ(EntryLineOf(record),
            R"({"id":"TXN-20260118-014","branch":"koosy","event":"llm_generate",)"
            R"("actor":"llm-koosy","timestamp":"2026-01-18T02:11:44.000001Z"})");
  record.set_status("a \"quoted\" 한글");
  record.set_tokens(0);
  record.set_claimed_cost("0.0270");
  record.set_tier("standard");
  EXPECT_EQ(EntryLineOf(record),
            R"({"id":"TXN-20260118-014","branch":"koosy","event":"llm_generate",)"
            R"("status":"a \"quoted\" 한글","tokens":0,"cost":0.0270,"tier":"standard",)"
            R"("actor":"llm-koosy","timestamp":"2026-01-18T02:11:44.000001Z"})");
}

// Every claim that an append takes is a number in the line, with its own digits if they are one's.
TEST(EntryDocumentTest, WritesEveryClaimAsANumber) {
  for (const auto& [claim, digits] : std::vector<std::pair<std::string, std::string>>{
           {"0.02736", "0.02736"},
           {"1e-3", "1e-3"},
           {"0", "0"},
           {"1E+2", "1E+2"},
           {"007.50", "7.5"},
           {"00", "0"},
           {"12345678901234567.123456789", "12345678901234567.123456789"}}) {
    v1::Record record = OwnRecord();
    record.set_claimed_cost(claim);
    const std::string line = EntryLineOf(record);
    EXPECT_THAT(line, HasSubstr("\"cost\":" + digits + ","));
    EXPECT_TRUE(ParseEntryLine(line).ok()) << line << "\n" << ParseEntryLine(line).status();
  }
}

TEST(EntryDocumentTest, WhatGoesOutSatisfiesTheSchemaAndComesBackIn) {
  const auto schema = config::Schema::Compile("s", EntrySchemaText());  // With its date-times.
  ASSERT_TRUE(schema.ok()) << schema.status();
  v1::Record record = OwnRecord();
  record.set_status("pending");
  record.set_tokens(5);
  record.set_claimed_cost("0.5");
  const std::string line = EntryLineOf(record);
  const auto value = config::ParseStrict("line", line);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_TRUE(schema->Check("line", *value).ok()) << schema->Check("line", *value);
  const auto entry = ParseEntryLine(line);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->occurred_at_us(), record.occurred_at_us());
  EXPECT_EQ(entry->claimed_cost(), "0.5");
}

TEST(EntryDocumentTest, AnImportedLineGoesOutAsItCameIn) {
  v1::Record record = OwnRecord();
  record.set_source_line(" {\"id\" : 1e0}\r");
  EXPECT_EQ(EntryLineOf(record), " {\"id\" : 1e0}\r");
}

// A good line with bytes changed, cut, doubled: it is taken or refused with a place, and what is
// taken the ledger takes.
TEST(EntryDocumentTest, NoBytesDoHarm) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto lines = LinesOf(testing::GeneratedDocument(50, random) + testing::kSectionSeven);
  constexpr std::string_view kBytes = "{}[]\",:0123456789.eE+-\\utrnTZ \t\n\r/#\x01\x7f\x80\xff";
  int taken = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string line = lines[random() % lines.size()];
    for (auto changes = random() % 4; changes > 0 && !line.empty(); --changes) {
      const std::size_t at = random() % line.size();
      const char byte = kBytes[random() % kBytes.size()];
      switch (random() % 4) {
        case 0:
          line[at] = byte;
          break;
        case 1:
          line.insert(at, 1, byte);
          break;
        case 2:
          line.erase(at, 1 + random() % 8);
          break;
        default:
          line.insert(at, line.substr(at, random() % 20));
          break;
      }
    }
    const auto entry = ParseEntryLine(line);
    if (!entry.ok()) {
      EXPECT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument) << "seed " << seed;
      EXPECT_TRUE(FaultOfLine(entry.status()).path.starts_with("$")) << "seed " << seed;
    } else if (line.find('\n') == std::string::npos) {
      ++taken;
      EXPECT_EQ(entry->source_line(), line) << "seed " << seed;
      EXPECT_TRUE(CheckEvent("", *entry, INT64_MAX - kAheadMaxUs).ok()) << "seed " << seed;
    }
  }
  EXPECT_GT(taken, 100) << "seed " << seed;
}

}  // namespace
}  // namespace hq::ledger
