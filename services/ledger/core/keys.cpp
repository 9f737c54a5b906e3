#include "services/ledger/core/keys.hpp"

// Persisted. A letter that is given up stays reserved.
//
//   column family `log`       position            -> the record's bytes
//   column family `index`     's' stream  0 version    -> position
//                             'b' branch  0 position   -> nothing
//                             'e' event   0 position   -> nothing
//                             'c' category 0 position  -> nothing
//                             't' id              -> position
//   column family `receipts`  part(producer) part(actor) command_id -> CommandReceipt
//   column family `blobs`     sha256 (32 bytes)   -> the content
//   column family `default`   "log_id"            -> UUID text
//                             "epoch"             -> number
//                             "announced"         -> number (sequence) number (position)
//
//   position, version, number := 8 bytes, the most significant first
//   part(x)                   := the size of x, 2 bytes, the most significant first; then x
//   stream, branch, event, category, id are text without a zero byte.

namespace hq::ledger::keys {
namespace {

constexpr std::size_t kNumberBytes = 8;

std::string Row(char kind, std::string_view name) {
  std::string row(1, kind);
  row += name;
  row += '\0';
  return row;
}

std::string Part(std::string_view text) {
  std::string part;
  part += static_cast<char>((text.size() >> 8) & 0xff);
  part += static_cast<char>(text.size() & 0xff);
  part += text;
  return part;
}

}  // namespace

std::string Number(std::uint64_t number) {
  std::string bytes(kNumberBytes, '\0');
  for (std::size_t i = 0; i < kNumberBytes; ++i)
    bytes[i] = static_cast<char>((number >> (8 * (kNumberBytes - 1 - i))) & 0xff);
  return bytes;
}

std::optional<std::uint64_t> LastNumber(std::string_view bytes) {
  if (bytes.size() < kNumberBytes) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : bytes.substr(bytes.size() - kNumberBytes))
    number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

std::string OfStream(std::string_view stream) { return Row('s', stream); }
std::string OfBranch(std::string_view branch) { return Row('b', branch); }
std::string OfEvent(std::string_view event) { return Row('e', event); }
std::string OfCategory(std::string_view category) { return Row('c', category); }
std::string OfId(std::string_view id) { return "t" + std::string(id); }

std::string OfCommand(std::string_view producer, std::string_view actor,
                      std::string_view command_id) {
  return Part(producer) + Part(actor) + std::string(command_id);
}

}  // namespace hq::ledger::keys
