// The whitepaper's schema of an entry, asked about any JSON: a violation says where and why.
#include "common/config/schema.hpp"

#include "common/base/check.hpp"
#include "services/ledger/core/entry_schema.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

// With every format of its own, as no caller takes them away.
const config::Schema& EntrySchema() {
  static const auto* schema = [] {
    auto compiled = config::Schema::Compile("entry.schema.json", ledger::EntrySchemaText());
    HQ_CHECK(compiled.ok(), "the schema that is compiled in is one");
    return new config::Schema(*std::move(compiled));
  }();
  return *schema;
}

}  // namespace

bool Schema(std::string_view bytes) {
  const std::string file = "entry.json";
  const auto document = config::ParseStrict(file, bytes);
  if (!document.ok()) return false;
  const Status status = EntrySchema().Check(file, *document);
  if (!status.ok()) {
    CheckFileRefusal(status, file);
    return false;
  }
  HQ_CHECK(document->kind == config::Value::Kind::kObject, "an entry is an object");
  for (const char* required : {"id", "branch", "event", "timestamp"}) {
    bool is_there = false;
    for (const auto& [name, field] : document->fields) is_there = is_there || name == required;
    HQ_CHECK(is_there, "an entry has what the schema requires");
  }
  return true;
}

}  // namespace hq::fuzz
