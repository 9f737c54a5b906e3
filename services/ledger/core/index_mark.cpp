#include "services/ledger/core/index_mark.hpp"

#include "services/ledger/core/keys.hpp"

namespace hq::ledger {

std::string IndexMark::Serialize() const {
  std::string bytes;
  bytes += static_cast<char>(log_id.size() >> 8);
  bytes += static_cast<char>(log_id.size() & 0xff);
  return bytes + log_id + keys::Number(position) + hash + frontier.Serialize();
}

Result<IndexMark> IndexMark::Parse(std::string_view bytes) {
  constexpr std::size_t kNumberBytes = 8;
  const Status broken = absl::DataLossError("no mark of an index");
  if (bytes.size() < 2) return broken;
  const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 |
                           static_cast<std::size_t>(static_cast<unsigned char>(bytes[1]));
  bytes.remove_prefix(2);
  if (bytes.size() < size + kNumberBytes + kHashBytes) return broken;
  IndexMark mark;
  mark.log_id = bytes.substr(0, size);
  bytes.remove_prefix(size);
  mark.position = *keys::LastNumber(bytes.substr(0, kNumberBytes));
  mark.hash = bytes.substr(kNumberBytes, kHashBytes);
  HQ_ASSIGN_OR_RETURN(mark.frontier, Frontier::Parse(bytes.substr(kNumberBytes + kHashBytes)));
  if (mark.frontier.size() != mark.position) return broken;
  return mark;
}

}  // namespace hq::ledger
