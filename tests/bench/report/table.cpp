#include "tests/bench/report/table.hpp"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cmath>

namespace hq::bench {
namespace {

using Line = std::vector<std::string>;

// Numbers stand at the right of their columns, words at the left.
std::string Aligned(const std::vector<Line>& lines, const std::vector<bool>& is_number) {
  std::vector<std::size_t> widths(is_number.size());
  for (const Line& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const Line& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string blanks(widths[i] - line[i].size(), ' ');
      row += is_number[i] ? blanks + line[i] : line[i] + blanks;
      row += "  ";
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

std::string CountOf(int number) { return number == 0 ? "-" : std::to_string(number); }

std::string RatioText(const Board& board, const Row& row) {
  const Row* ledger = board.PeerOf(row, std::string(kLedger));
  if (ledger == nullptr || ledger == &row || row.Value() == 0) return "";
  return absl::StrFormat("%.2f", RatioOf(*ledger, row));
}

std::string VerdictOf(const Mark& mark) {
  if (!mark.measured) return "not measured";
  return mark.IsMet() ? "met" : "NOT MET";
}

}  // namespace

std::string Readable(double value) {
  if (value == 0) return "0";
  const double magnitude = std::floor(std::log10(std::abs(value)));
  const int decimals = std::clamp(3 - static_cast<int>(magnitude), 0, 3);
  const double step = std::pow(10.0, magnitude - 3);
  const double rounded = magnitude > 3 ? std::round(value / step) * step : value;
  const std::string digits = absl::StrFormat("%.*f", decimals, rounded);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool is_boundary = i > 0 && i < point && (point - i) % 3 == 0 && digits[i - 1] != '-';
    text += is_boundary ? " " : "";
    text += digits[i];
  }
  return text;
}

std::string TableOf(const Board& board) {
  std::vector<Line> lines = {
      {"workload", "clients", "batch", "metric", "system", "class", "value", "unit", "ledger/it"}};
  for (const Row& row : board.rows()) {
    const Subject& subject = row.subject;
    lines.push_back({subject.workload, CountOf(subject.clients), CountOf(subject.batch),
                     subject.metric, subject.system,
                     std::string(1, static_cast<char>(subject.durability)), Readable(row.Value()),
                     subject.unit, RatioText(board, row)});
  }
  return Aligned(lines, {false, true, true, false, false, false, true, false, true});
}

std::string TableOf(const std::vector<Mark>& marks) {
  std::vector<Line> lines = {{"mark", "asked", "measured", "verdict"}};
  for (const Mark& mark : marks) {
    const std::string unit = mark.unit.empty() ? "" : " " + mark.unit;
    lines.push_back({mark.name, (mark.is_ceiling ? "under " : "") + Readable(mark.asked) + unit,
                     mark.measured ? Readable(*mark.measured) + unit : "-", VerdictOf(mark)});
  }
  return Aligned(lines, {false, true, true, false});
}

}  // namespace hq::bench
