#include "common/base/ids.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_format.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "common/base/check.hpp"

namespace hq {
namespace {

// A snake_case word: ^[a-z][a-z0-9_]*$
bool IsWord(std::string_view text, std::size_t size_max) {
  return !text.empty() && text.size() <= size_max && absl::ascii_islower(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

}  // namespace

bool IsCellId(std::string_view text) {
  constexpr std::size_t kCellIdMax = 63;
  return !text.empty() && text.size() <= kCellIdMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

bool IsEventName(std::string_view text) {
  constexpr std::size_t kEventNameMax = 63;
  return IsWord(text, kEventNameMax);
}

bool IsStreamName(std::string_view text) {
  constexpr std::size_t kCategoryMax = 31;
  constexpr std::size_t kStreamIdMax = 200;
  if (!IsWord(CategoryOf(text), kCategoryMax)) return false;
  if (text.find('-') == std::string_view::npos) return true;
  const std::string_view id = IdOf(text);
  return !id.empty() && id.size() <= kStreamIdMax && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string_view CategoryOf(std::string_view stream) { return stream.substr(0, stream.find('-')); }

std::string_view IdOf(std::string_view stream) {
  const auto dash = stream.find('-');
  return dash == std::string_view::npos ? std::string_view() : stream.substr(dash + 1);
}

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string Hex(std::string_view bytes) {
  return absl::BytesToHexString({bytes.data(), bytes.size()});
}

std::string KeyOf(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    joined += std::to_string(part.size());
    joined += ':';
    joined += part;
  }
  return Hex(Sha256(joined));
}

std::string NewId() {
  std::array<unsigned char, 16> bytes{};
  HQ_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "no randomness");
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  for (std::size_t i = 0; i < 6; ++i)
    bytes[i] = static_cast<unsigned char>((now >> (8 * (5 - i))) & 0xff);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex =
      Hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace hq
