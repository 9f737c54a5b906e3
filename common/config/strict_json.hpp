// The whitepaper's JSON files, read strictly: duplicate keys, trailing text, unknown fields,
// numbers where strings belong and secrets are errors that name the file and the JSON path. Numbers
// keep their own digits.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/decimal.hpp"
#include "common/base/result.hpp"

namespace hq::config {

struct Field;

// One JSON value as it was written.
struct Value {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;  // A string's content, or a number's own digits.
  std::vector<Value> items;
  std::vector<Field> fields;  // In the file's order; no key twice.
};

struct Field {
  std::string name;
  Value value;
};

// Parses one document of at most 1 MiB and 64 levels. kInvalidArgument "registry/branches.json:
// $.branches[2].id: …", reason MALFORMED_FILE; also for a string that looks like a secret (a
// private key, a token, a webhook URL with a secret in its path: name it by "env:NAME" instead).
Result<Value> ParseStrict(std::string_view file, std::string_view text);

// Reads one object field by field and remembers the first fault, so that a reader is a straight
// column of fields. Fields that nobody asked for are a fault too.
class ObjectReader {
 public:
  // `value` outlives the reader; if it is no object, that is the first fault. `path` e.g.
  // "$.branches[0]".
  ObjectReader(std::string_view file, std::string path, const Value& value);

  bool Has(std::string_view field) const;
  std::string String(std::string_view field);  // Required, not empty.
  std::string String(std::string_view field, std::string_view fallback);
  bool Bool(std::string_view field, bool fallback);
  std::int64_t Integer(std::string_view field, std::int64_t least, std::int64_t most);
  std::int64_t Integer(std::string_view field, std::int64_t least, std::int64_t most,
                       std::int64_t fallback);
  Nanos Decimal(std::string_view field);                     // Required; exact.
  std::vector<std::string> Strings(std::string_view field);  // Required array of strings.
  // One of `allowed`; a fault lists them.
  std::string OneOf(std::string_view field, const std::vector<std::string>& allowed);
  std::string OneOf(std::string_view field, const std::vector<std::string>& allowed,
                    std::string_view fallback);
  const Value* Object(std::string_view field, bool is_required);  // Null if absent (or at fault).
  const Value* Array(std::string_view field, bool is_required);
  const Value* Any(std::string_view field);  // Whatever it is; null if absent.
  void Ignore(std::string_view field);       // Known, not used here.

  std::string PathOf(std::string_view field) const;
  // Adds a fault of the caller's own.
  void Fault(std::string_view field, std::string_view message);
  // kInvalidArgument with the first fault, or OK.
  Status Done();

 private:
  const Value* Take(std::string_view field, Value::Kind kind, bool is_required);

  std::string file_;
  std::string path_;
  const Value& value_;
  std::map<std::string, bool, std::less<>> taken_;
  Status fault_;
};

// The same status shape for faults found outside a reader. Path and message may quote the document:
// they are cut where they are long, and what is not UTF-8 in them then is replaced.
Status FileFault(std::string_view file, std::string_view path, std::string_view message);

// A fault taken apart: where in the document it lies, and what is wrong there.
struct Fault {
  std::string path;  // "$" where the status does not say.
  std::string message;
};

// Of a status that this module made for `file`; any other becomes its whole message at "$".
Fault FaultOf(std::string_view file, const Status& status);

// What FaultOf will find: for those who make such a status with another reason.
Status WithPath(Status status, std::string_view path);

// `text` as a JSON string, in its quotes. What is not UTF-8 in it is replaced.
std::string JsonString(std::string_view text);

}  // namespace hq::config
