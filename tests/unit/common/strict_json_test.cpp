// What the strict reader refuses, and that every refusal names the file and the place.
#include "common/config/strict_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/schema.hpp"

namespace hq::config {
namespace {

using ::testing::HasSubstr;

std::string RefusalOf(const std::string& text) {
  const auto value = ParseStrict("dir/file.json", text);
  EXPECT_FALSE(value.ok()) << text;
  if (value.ok()) return "";
  EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdviceOf(value.status()).reason, "MALFORMED_FILE");
  return std::string(value.status().message());
}

TEST(ParseStrict, KeepsOrderAndDigits) {
  const auto value =
      ParseStrict("f", R"({"b":[1,-2,0.000018,1e-5,12345678901234567890123],"a":"x"})");
  ASSERT_TRUE(value.ok()) << value.status();
  ASSERT_EQ(value->fields.size(), 2u);
  EXPECT_EQ(value->fields[0].name, "b");
  const auto& items = value->fields[0].value.items;
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items[0].text, "1");
  EXPECT_EQ(items[1].text, "-2");
  EXPECT_EQ(items[2].text, "0.000018");
  EXPECT_EQ(items[3].text, "1e-5");
  EXPECT_EQ(items[4].text, "12345678901234567890123");
  EXPECT_EQ(value->fields[1].value.text, "x");
}

TEST(ParseStrict, RefusesWhatIsNotStrictJson) {
  for (const char* text : {"", "{", "{\"a\":1,}", "[1,]", "{a:1}", "{'a':1}", "// x\n{}", "{} {}",
                           "{}x", "NaN", "1e999", "\"\xff\"", "[1 2]", "{\"a\" 1}", "\"\t\"", "01"})
    EXPECT_THAT(RefusalOf(text), HasSubstr("dir/file.json: $")) << text;
}

TEST(ParseStrict, NamesThePlace) {
  EXPECT_THAT(RefusalOf(R"({"branches":[{},{"id":1,"id":2}]})"),
              HasSubstr("dir/file.json: $.branches[1].id: this key stands here twice"));
  EXPECT_THAT(RefusalOf("{\"a\":{\"b\":[1,\n2,,3]}}"),
              HasSubstr("$.a.b[2]: no valid JSON at line 2"));
  EXPECT_THAT(RefusalOf(R"({"a":[{"x":1},{"b c":"https://u:p@h/"}]})"),
              HasSubstr("$.a[1][\"b c\"]: "));
}

TEST(ParseStrict, IsBounded) {
  EXPECT_TRUE(ParseStrict("f", std::string(64, '[') + std::string(64, ']')).ok());
  EXPECT_THAT(RefusalOf(std::string(65, '[') + std::string(65, ']')), HasSubstr("deeper than 64"));
  EXPECT_THAT(RefusalOf(std::string(100'000, '[')), HasSubstr("deeper than 64"));
  EXPECT_THAT(RefusalOf("\"" + std::string(1 << 20, 'x') + "\""), HasSubstr("larger than"));
}

TEST(ParseStrict, RefusesSecretsWithoutQuotingThem) {
  const std::string random = "a1B2c3D4e5F6g7H8i9J0k1L2";
  for (const std::string& secret : std::vector<std::string>{
           "https://hooks.slack.com/services/T0/B0/abc", "https://chat.example/hook/" + random,
           "https://ann:hunter2@example.com/x", "https://example.com/?token=abc", "ghp_" + random,
           "xoxb-" + random, "Bearer " + random, "-----BEGIN RSA PRIVATE KEY-----"}) {
    const std::string fault = RefusalOf("{\"url\":\"" + secret + "\"}");
    EXPECT_THAT(fault, HasSubstr("$.url: looks like"));
    EXPECT_THAT(fault, HasSubstr("env:NAME"));
    EXPECT_THAT(fault, ::testing::Not(HasSubstr(random)));
    EXPECT_THAT(fault, ::testing::Not(HasSubstr("hunter2")));
  }
  for (const std::string& plain : std::vector<std::string>{
           "env:SLACK_CRITICAL_URL", "github.com/dtslib/koosy", "https://koosy.dtslib.com/health",
           "r2://hq-backup", "https://kakao.webhook/hq", "task-sk-1", "HQ는 직접 push할 수 없다",
           "0123456789abcdef0123456789abcdef01234567"})
    EXPECT_TRUE(ParseStrict("f", "[\"" + plain + "\"]").ok()) << plain;
}

Value Parsed(const std::string& text) {
  auto value = ParseStrict("f.json", text);
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *std::move(value) : Value();
}

TEST(ObjectReader, ReadsAColumnOfFields) {
  const Value value = Parsed(R"({"s":"x","n":5,"d":0.000018,"b":true,"l":["a","b"],"e":"two"})");
  ObjectReader reader("f.json", "$", value);
  EXPECT_EQ(reader.String("s"), "x");
  EXPECT_EQ(reader.String("absent", "else"), "else");
  EXPECT_EQ(reader.Integer("n", 0, 10), 5);
  EXPECT_EQ(reader.Integer("m", 0, 10, 7), 7);
  EXPECT_EQ(FormatNanos(reader.Decimal("d")), "0.000018");
  EXPECT_TRUE(reader.Bool("b", false));
  EXPECT_EQ(reader.Strings("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reader.OneOf("e", {"one", "two"}), "two");
  EXPECT_TRUE(reader.Done().ok()) << reader.Done();
}

TEST(ObjectReader, TellsTheFirstFaultOnly) {
  const Value value = Parsed(R"({"a":1,"b":"x"})");
  ObjectReader reader("f.json", "$.at[3]", value);
  reader.String("a");
  reader.Integer("b", 0, 1);
  EXPECT_EQ(reader.Done().message(), "f.json: $.at[3].a: must be a string, not a number");
}

TEST(ObjectReader, RefusesWhatItWasNotAskedFor) {
  const auto fault = [](const std::string& text, const std::function<void(ObjectReader&)>& read) {
    const Value value = Parsed(text);
    ObjectReader reader("f.json", "$", value);
    read(reader);
    return std::string(reader.Done().message());
  };
  EXPECT_THAT(fault(R"({"a":"x","tpyo":1})", [](auto& r) { r.String("a"); }),
              HasSubstr("$.tpyo: unknown field; known here: a"));
  EXPECT_THAT(fault("[]", [](auto&) {}), HasSubstr("$: must be an object, not an array"));
  EXPECT_THAT(fault("{}", [](auto& r) { r.String("a"); }), HasSubstr("$.a: is missing"));
  EXPECT_THAT(fault(R"({"a":""})", [](auto& r) { r.String("a"); }), HasSubstr("not be empty"));
  EXPECT_THAT(fault(R"({"a":null})", [](auto& r) { r.String("a", ""); }), HasSubstr("not null"));
  EXPECT_THAT(fault(R"({"a":1.0})", [](auto& r) { r.Integer("a", 0, 9); }),
              HasSubstr("whole number"));
  EXPECT_THAT(fault(R"({"a":10})", [](auto& r) { r.Integer("a", 0, 9); }),
              HasSubstr("from 0 to 9"));
  EXPECT_THAT(fault(R"({"a":"1"})", [](auto& r) { r.Integer("a", 0, 9); }),
              HasSubstr("not a string"));
  EXPECT_THAT(fault(R"({"a":1e-12})", [](auto& r) { r.Decimal("a"); }), HasSubstr("finer than"));
  EXPECT_THAT(fault(R"({"a":["x",2]})", [](auto& r) { r.Strings("a"); }), HasSubstr("$.a[1]"));
  EXPECT_THAT(fault(R"({"a":"z"})",
                    [](auto& r) {
                      r.OneOf("a", {"x", "y"});
                    }),
              HasSubstr("one of x, y, not \"z\""));
}

constexpr const char* kBranchSchema = R"({"$schema":"http://json-schema.org/draft-07/schema#",
  "type":"object","required":["id","domain"],
  "properties":{"id":{"type":"string","pattern":"^[a-z0-9-]+$"},
                "domain":{"type":"string","format":"hostname"},
                "tags":{"type":"array","items":{"enum":["public","private"]}}}})";

Status CheckText(const Schema& schema, const std::string& text) {
  HQ_ASSIGN_OR_RETURN(const Value document, ParseStrict("b.json", text));
  return schema.Check("b.json", document);
}

TEST(SchemaTest, HoldsADocumentAgainstIt) {
  const auto schema = Schema::Compile("branch.schema.json", kBranchSchema);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_TRUE(CheckText(*schema, R"({"id":"koosy","domain":"koosy.dtslib.com","more":1})").ok());
  for (const auto& [text, place] : std::vector<std::pair<std::string, std::string>>{
           {R"({"id":"KOOSY","domain":"a.b"})", "$.id"},
           {R"({"id":"a","domain":"a.b","tags":["public","x"]})", "$.tags[1]"},
           {R"({"id":"a"})", "$"},
           {"[]", "$"}}) {
    const Status status = CheckText(*schema, text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(AdviceOf(status).reason, "SCHEMA_VIOLATION") << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("b.json: " + place + ": "));
    EXPECT_EQ(FaultOf("b.json", status).path, place);
  }
  const Status too_long = CheckText(*schema, "{\"id\":\"" + std::string(100'000, 'a') + "\"}");
  EXPECT_THAT(std::string(too_long.message()), HasSubstr("$.id: longer than"));
}

TEST(SchemaTest, LeavesToTheCallerTheFormatsThatItNames) {
  const std::string text = R"({"type":"object","properties":{
      "at":{"type":"string","format":"date-time"},"day":{"type":"string","format":"date"}}})";
  const auto strict = Schema::Compile("s.json", text);
  const auto lenient = Schema::Compile("s.json", text, {"date-time"});
  ASSERT_TRUE(strict.ok() && lenient.ok());
  const std::string document = R"({"at":"yesterday"})";
  EXPECT_EQ(FaultOf("b.json", CheckText(*strict, document)).path, "$.at");
  EXPECT_TRUE(CheckText(*lenient, document).ok());
  EXPECT_EQ(FaultOf("b.json", CheckText(*lenient, R"({"day":"monday"})")).path, "$.day");
  EXPECT_EQ(FaultOf("b.json", CheckText(*lenient, R"({"at":5})")).path, "$.at");
}

TEST(SchemaTest, BoundsStringsOnlyWhereTheyAreMatchedAgainstPatterns) {
  const auto plain = Schema::Compile("s.json", R"({"properties":{"a":{"type":"string"}}})");
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(CheckText(*plain, "{\"a\":\"" + std::string(100'000, 'a') + "\"}").ok());
}

TEST(SchemaTest, RefusesASchemaThatIsNone) {
  for (const char* schema :
       {"{", R"({"type":5})", R"({"$ref":"http://example.com/x.json"})", "[]"}) {
    const Status refused = Schema::Compile("s.json", schema).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << schema;
    EXPECT_EQ(AdviceOf(refused).reason, "MALFORMED_SCHEMA") << schema;
  }
}

TEST(FaultOf, TakesAFaultApart) {
  const auto fault = FaultOf("a.json", ParseStrict("a.json", R"({"b":[{"c":1,"c":2}]})").status());
  EXPECT_EQ(fault.path, "$.b[0].c");
  EXPECT_EQ(fault.message, "this key stands here twice");
  const auto quoted =
      FaultOf("a.json", ParseStrict("a.json", R"({"a: b":{"c":1,"c":2}})").status());
  EXPECT_EQ(quoted.path, R"($["a: b"].c)");
  EXPECT_EQ(quoted.message, "this key stands here twice");
  EXPECT_EQ(FaultOf("a.json", absl::InternalError("else")).path, "$");
}

TEST(JsonString, IsAJsonString) {
  EXPECT_EQ(JsonString("a\"\\\n\x01"), R"("a\"\\\n\u0001")");
  EXPECT_EQ(JsonString("\xED\x95\x9C"), "\"\xED\x95\x9C\"");
  EXPECT_EQ(JsonString("\xff"), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace hq::config
