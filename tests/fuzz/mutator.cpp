#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <iterator>

namespace hq::fuzz {
namespace {

constexpr std::size_t kBytesMax = 64 * 1024;

// What parsers stumble over: ends of ranges, marks of other formats, characters that are long.
constexpr const char* kWords[] = {"0",
                                  "-1",
                                  "-0",
                                  "00",
                                  "1e999",
                                  "1e-999",
                                  "9223372036854775807",
                                  "\\u0",
                                  "\\",
                                  "\"",
                                  "{",
                                  "}",
                                  "[",
                                  "]",
                                  ":",
                                  ",",
                                  "null",
                                  "true",
                                  "\n",
                                  "\n\n",
                                  "\r\n",
                                  " ",
                                  "\t",
                                  "/",
                                  "..",
                                  "*",
                                  "%",
                                  "%00",
                                  "+",
                                  "=",
                                  "&",
                                  "한글",
                                  "\xff",
                                  "\xc3",
                                  "\xe2\x80\x94 ",
                                  "<",
                                  "</",
                                  "<!--",
                                  "]]>",
                                  "&lt;",
                                  "\x80\x80",
                                  "\xff\xff\xff\xff\xff",
                                  "@",
                                  "https:",
                                  "TXN-",
                                  "-----BEGIN",
                                  "ghp_",
                                  "18446744073709551615"};

}  // namespace

std::string Mutator::Next() {
  std::string bytes = corpus_[Below(corpus_.size())];
  for (std::size_t left = 1 + Below(6); left > 0; --left) Change(bytes);
  if (bytes.size() > kBytesMax) bytes.resize(kBytesMax);
  return bytes;
}

void Mutator::Change(std::string& bytes) {
  const std::size_t at = Below(bytes.size());
  const std::size_t size = 1 + Below(std::min<std::size_t>(bytes.size() - at, 32));
  switch (random_() % 9) {
    case 0:
      if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
      break;
    case 1:
      if (!bytes.empty()) bytes[at] = static_cast<char>(random_());
      break;
    case 2:
      bytes.insert(at, 1, static_cast<char>(random_()));
      break;
    case 3:
      bytes.erase(at, size);
      break;
    case 4:
      bytes.insert(at, bytes.substr(at, size));
      break;
    case 5:
      bytes.resize(at);
      break;
    case 6: {
      const std::string& other = corpus_[Below(corpus_.size())];
      bytes.replace(at, size, other.substr(Below(other.size()), 1 + Below(64)));
      break;
    }
    case 7:  // A digit for a digit keeps a number a number.
      for (std::size_t i = at; i < bytes.size(); ++i)
        if (bytes[i] >= '0' && bytes[i] <= '9') {
          bytes[i] = static_cast<char>('0' + Below(10));
          break;
        }
      break;
    default:
      InsertWord(bytes);
  }
}

void Mutator::InsertWord(std::string& bytes) {
  const std::string word = kWords[Below(std::size(kWords))];
  const std::size_t at = Below(bytes.size() + 1);
  const bool replaces = random_() % 2 == 0;
  bytes.replace(at, replaces ? std::min(word.size(), bytes.size() - at) : 0, word);
}

}  // namespace hq::fuzz
