#include "services/ledger/core/posting_list.hpp"

#include <google/protobuf/io/coded_stream.h>

namespace hq::ledger {
namespace {

using google::protobuf::io::CodedInputStream;

void AddVarint(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7f) | 0x80);
  bytes += static_cast<char>(number);
}

CodedInputStream Reading(std::string_view bytes) {
  return CodedInputStream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                          static_cast<int>(bytes.size()));
}

}  // namespace

std::string EncodePostings(std::span<const Position> positions) {
  std::string bytes;
  bytes.reserve(2 * positions.size() + 10);
  AddVarint(bytes, positions.size());
  Position before = 0;
  for (const Position position : positions) {
    AddVarint(bytes, position - before);
    before = position;
  }
  return bytes;
}

std::optional<std::vector<Position>> DecodePostings(std::string_view bytes) {
  CodedInputStream input = Reading(bytes);
  std::uint64_t count = 0;
  if (!input.ReadVarint64(&count) || count == 0 || count > kPostingsMax) return std::nullopt;
  std::vector<Position> positions;
  positions.reserve(count);
  Position position = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t difference = 0;
    if (!input.ReadVarint64(&difference)) return std::nullopt;
    const bool is_rising = difference > 0 && difference <= ~position;
    if (!is_rising) return std::nullopt;
    position += difference;
    positions.push_back(position);
  }
  if (input.CurrentPosition() != static_cast<int>(bytes.size())) return std::nullopt;
  return positions;
}

std::uint64_t CountPostings(std::string_view bytes) {
  CodedInputStream input = Reading(bytes);
  std::uint64_t count = 0;
  return input.ReadVarint64(&count) && count <= kPostingsMax ? count : 0;
}

}  // namespace hq::ledger
