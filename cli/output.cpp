#include "cli/output.hpp"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace hq::cli {
namespace {

// How many columns a terminal gives to a text: two for each Korean, Chinese, Japanese letter.
std::size_t WidthOf(const std::string& text) {
  std::size_t width = 0;
  for (const unsigned char byte : text) {
    const bool is_continuation = (byte & 0xC0) == 0x80;
    if (is_continuation) continue;
    width += byte >= 0xE3 && byte <= 0xED ? 2 : 1;  // U+3000 to U+DFFF, near enough.
  }
  return width;
}

bool IsColorWanted() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_refused = (no_color && *no_color) || (terminal && std::string(terminal) == "dumb");
  return !is_refused && isatty(STDOUT_FILENO) == 1;
}

}  // namespace

std::string Table::Text(bool is_bold_wanted) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], WidthOf(Printable(row[i])));
  std::string text;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      const std::string cell = Printable(rows_[r][i]);
      line += cell + std::string(widths[i] - WidthOf(cell) + 2, ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += r == 0 && is_bold_wanted ? "\x1b[1m" + line + "\x1b[0m\n" : line + "\n";
  }
  return text;
}

std::string Printable(const std::string& text) {
  std::string printable;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) {
      printable += '?';
      ++i;
    } else if (byte == '\n' || byte == '\t') {
      printable += ' ';
    } else {
      printable += byte < 0x20 || byte == 0x7F ? '?' : text[i];
    }
  }
  return printable;
}

Result<std::string> ToJsonLine(const google::protobuf::Message& message, bool with_defaults) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = with_defaults;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok())
    return absl::InternalError("cannot be shown as JSON: " + std::string(status.message()));
  return json;
}

Output::Output(bool is_json) : is_json_(is_json), is_bold_wanted_(!is_json && IsColorWanted()) {}

void Output::Data(const Table& table) const {
  const std::string text = table.Text(is_bold_wanted_);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Output::Data(const std::string& line) const {
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

Status Output::Json(const google::protobuf::Message& message) const {
  HQ_ASSIGN_OR_RETURN(const std::string json, ToJsonLine(message));
  Data(json);
  return absl::OkStatus();
}

void Output::Note(const std::string& message) const {
  if (!is_json_) std::fprintf(stderr, "%s\n", Printable(message).c_str());
}

void Output::Error(const Status& status) const {
  const Advice advice = AdviceOf(status);
  if (is_json_) {
    const nlohmann::json error = {{"error",
                                   {{"code", absl::StatusCodeToString(status.code())},
                                    {"message", std::string(status.message())},
                                    {"reason", advice.reason},
                                    {"next_step", advice.next_step}}}};
    const auto line = error.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  const std::string reason = advice.reason.empty() ? "" : " [" + advice.reason + "]";
  std::fprintf(stderr, "hqctl: %s%s\n", Printable(std::string(status.message())).c_str(),
               Printable(reason).c_str());
  if (!advice.next_step.empty())
    std::fprintf(stderr, "  what to do: %s\n", Printable(advice.next_step).c_str());
}

}  // namespace hq::cli
