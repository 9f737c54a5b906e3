// The shapes of every identifier, checked before anything else is done with one, and the digests
// that name content.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq {

inline constexpr std::string_view kHqBranch = "hq";  // Reserved: headquarters itself.

// ^[a-z0-9-]{1,63}$
bool IsCellId(std::string_view text);

// ^[a-z][a-z0-9_]{0,62}$
bool IsEventName(std::string_view text);

// Category, '-', id: ^[a-z][a-z0-9_]{0,30}-[A-Za-z0-9._-]{1,200}$, or a category alone (singletons
// such as `policy`).
bool IsStreamName(std::string_view text);

// What stands before the first '-'; the whole name of a singleton.
std::string_view CategoryOf(std::string_view stream);

// What stands after the first '-'; empty for a singleton.
std::string_view IdOf(std::string_view stream);

// 32 raw bytes.
std::string Sha256(std::string_view bytes);

// Lower-case hexadecimal.
std::string Hex(std::string_view bytes);

// Sha256 of the parts, each preceded by its length, so that no two lists of parts collide; hex.
std::string KeyOf(std::initializer_list<std::string_view> parts);

// A new time-ordered id (RFC 9562 UUIDv7, lower-case text). Not for cores.
std::string NewId();

}  // namespace hq
