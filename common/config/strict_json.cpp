#include "common/config/strict_json.hpp"

#include <absl/strings/cord.h>

#include <nlohmann/json.hpp>
#include <set>

#include "common/base/text.hpp"
#include "common/config/secret.hpp"

namespace hq::config {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kShownMax = 60;  // Of a name taken from the file, in a message.
constexpr std::size_t kPathBytesMax = 300;
constexpr std::size_t kMessageBytesMax = 500;
constexpr const char* kPathUrl = "hq.dtslib.com/json_path";

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= kShownMax &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '_' || c == '-' || c >= 0x80;
         });
}

std::string Shown(std::string_view name) { return JsonString(ValidUtf8(name, kShownMax)); }

std::string Below(const std::string& path, std::string_view field) {
  return IsPlainName(field) ? path + "." + std::string(field) : path + "[" + Shown(field) + "]";
}

// Builds the tree while nlohmann's parser walks the text; the first fault ends the walk.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(std::string_view file, std::string_view text) : file_(file), text_(text) {}

  bool null() override { return Add({}); }
  bool boolean(bool value) override {
    Value made;
    made.kind = Value::Kind::kBool;
    made.boolean = value;
    return Add(std::move(made));
  }
  bool number_integer(number_integer_t value) override { return Number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Number(std::to_string(value)); }
  // The second argument is the token as it was written; the first has lost digits.
  bool number_float(number_float_t, const string_t& token) override { return Number(token); }
  bool string(string_t& value) override {
    if (value.find('\0') != string_t::npos) return Fail("has a NUL character in it");
    if (const auto kind = SecretKindOf(value); !kind.empty())
      return Fail("looks like " + std::string(kind) +
                  "; put it into an environment variable and write \"env:NAME\" here");
    Value made;
    made.kind = Value::Kind::kString;
    made.text = std::move(value);
    return Add(std::move(made));
  }
  bool binary(binary_t&) override { return Fail("binary has no place here"); }

  bool start_object(std::size_t) override { return Open(Value::Kind::kObject); }
  bool start_array(std::size_t) override { return Open(Value::Kind::kArray); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    Frame& frame = open_.back();
    if (!frame.names.insert(name).second) {
      fault_ = FileFault(file_, Below(Path(false), name), "this key stands here twice");
      return false;
    }
    frame.name = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::json::exception&) override {
    const std::string_view before = text_.substr(0, std::min(position, text_.size()));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    fault_ = FileFault(file_, Path(true),
                       "no valid JSON at line " + std::to_string(line) + ", near " + Shown(token));
    return false;
  }

  Status fault() const { return fault_; }
  Value Take() { return std::move(root_); }

 private:
  // `value` points into the tree: only the innermost open value ever grows, so those around it stay
  // where they are.
  struct Frame {
    Value* value;
    std::string name;  // The last key; objects only.
    std::set<std::string> names;
  };

  // Where the parser is; with `is_inside`, at the value that the innermost frame waits for.
  std::string Path(bool is_inside) const {
    std::string path = "$";
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const Frame& frame = open_[i];
      const bool is_innermost = i + 1 == open_.size();
      if (is_innermost && !is_inside) break;
      if (frame.value->kind == Value::Kind::kObject) {
        if (!frame.names.empty()) path = Below(path, frame.name);
      } else {
        const std::size_t held = frame.value->items.size();
        path += "[" + std::to_string(is_innermost ? held : held - 1) + "]";
      }
    }
    return path;
  }

  bool Fail(const std::string& message) {
    fault_ = FileFault(file_, Path(true), message);
    return false;
  }

  bool Number(std::string digits) {
    Value made;
    made.kind = Value::Kind::kNumber;
    made.text = std::move(digits);
    return Add(std::move(made));
  }

  Value* Place(Value made) {
    if (open_.empty()) {
      root_ = std::move(made);
      return &root_;
    }
    Frame& frame = open_.back();
    if (frame.value->kind == Value::Kind::kArray)
      return &frame.value->items.emplace_back(std::move(made));
    frame.value->fields.push_back({frame.name, std::move(made)});
    return &frame.value->fields.back().value;
  }

  bool Add(Value made) {
    Place(std::move(made));
    return true;
  }

  bool Open(Value::Kind kind) {
    if (open_.size() == kDepthMax)
      return Fail("nested deeper than " + std::to_string(kDepthMax) + " levels");
    Value made;
    made.kind = kind;
    open_.push_back({Place(std::move(made)), {}, {}});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const std::string_view file_;
  const std::string_view text_;
  Value root_;
  std::vector<Frame> open_;
  Status fault_;
};

}  // namespace

Result<Value> ParseStrict(std::string_view file, std::string_view text) {
  if (text.size() > kFileBytesMax)
    return FileFault(file, "$", "larger than " + std::to_string(kFileBytesMax) + " bytes");
  Builder builder(file, text);
  const bool is_whole = nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                                                  nlohmann::json::input_format_t::json);
  HQ_RETURN_IF_ERROR(builder.fault());
  if (!is_whole) return FileFault(file, "$", "no valid JSON");
  return builder.Take();
}

Status FileFault(std::string_view file, std::string_view path, std::string_view message) {
  // What is said of a file travels in protobuf strings and in gRPC's small headers.
  const std::string place = ValidUtf8(path, kPathBytesMax);
  const std::string text =
      std::string(file) + ": " + place + ": " + ValidUtf8(message, kMessageBytesMax);
  return WithPath(
      Refusal(absl::StatusCode::kInvalidArgument, text, "MALFORMED_FILE",
              "Mend the file at the place named and apply it again; nothing of it was applied."),
      place);
}

Fault FaultOf(std::string_view file, const Status& status) {
  const std::string message(status.message());
  const auto path = status.GetPayload(kPathUrl);
  if (!path) return {"$", message};
  Fault fault{std::string(*path), message};
  const std::string before = std::string(file) + ": " + fault.path + ": ";
  if (message.starts_with(before)) fault.message.erase(0, before.size());
  return fault;
}

Status WithPath(Status status, std::string_view path) {
  status.SetPayload(kPathUrl, absl::Cord(std::string(path)));
  return status;
}

std::string JsonString(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace hq::config
