#include "common/witness/verifier_key_file.hpp"

#include <algorithm>

#include "common/runtime/durable_file.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kKeysMax = 16;
constexpr std::size_t kKeysFileBytesMax = 64 * 1024;

Status KeysRefused(const std::string& path, std::size_t line, std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument,
                 path + ":" + std::to_string(line) + ": " + std::string(why), "KEY_FILE_MALFORMED",
                 "Put one verifier key (name+id+base64) on each line.");
}

}  // namespace

Result<std::vector<VerifierKey>> ReadVerifierKeys(const std::string& path, KeyType type) {
  HQ_ASSIGN_OR_RETURN(const std::string text, runtime::ReadWhole(path, kKeysFileBytesMax));
  std::vector<VerifierKey> keys;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const auto line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    auto key = VerifierKey::Parse(line);
    if (!key.ok()) return KeysRefused(path, number, std::string(key.status().message()));
    if (key->type != type) return KeysRefused(path, number, "a key of the other kind");
    const bool is_double = std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& other) {
      return other.name == key->name;
    });
    if (is_double) return KeysRefused(path, number, "a name that is there already");
    if (keys.size() == kKeysMax) return KeysRefused(path, number, "more than 16 keys");
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<VerifierKey> ReadVerifierKey(const std::string& path, KeyType type) {
  HQ_ASSIGN_OR_RETURN(auto keys, ReadVerifierKeys(path, type));
  if (keys.size() != 1) return KeysRefused(path, 1, "exactly one key is needed");
  return std::move(keys.front());
}

}  // namespace hq::ledger
