#include "services/sync/adapters/valid_utf8.hpp"

#include <nlohmann/json.hpp>

namespace hq::sync {

std::string ValidUtf8(const std::string& text, std::size_t bytes_max) {
  using nlohmann::json;
  auto valid = json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace))
                   .get<std::string>();
  if (valid.size() <= bytes_max) return valid;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(valid[end]) & 0xc0) == 0x80) --end;
  return valid.substr(0, end);
}

}  // namespace hq::sync
