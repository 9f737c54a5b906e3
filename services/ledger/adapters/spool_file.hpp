// A document on its way in, on disk and nowhere else: it may be larger than memory. The file has no
// name, so it goes when the process goes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/sha256_stream.hpp"

namespace hq::ledger {

// One line of a document, without its line feed.
struct SpooledLine {
  std::uint64_t number = 0;  // 1 for the first.
  std::string_view text;     // Until the next call.
  bool is_cut = false;       // Longer than the reader keeps; `text` is its beginning.
};

// Not thread-safe.
class SpoolFile {
 public:
  // In that directory, which is made if absent. What is free on its disk never falls below
  // `reserve_bytes` by it. kUnavailable if it cannot be made.
  static Result<std::unique_ptr<SpoolFile>> Create(const std::string& directory,
                                                   std::uint64_t reserve_bytes);
  ~SpoolFile();

  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // kResourceExhausted, reason DISK_NEARLY_FULL; kUnavailable if the disk fails.
  Status Append(std::string_view bytes);

  std::uint64_t size() const { return size_; }

  // SHA-256 of all that was appended, 32 raw bytes. Once, after the last Append.
  std::string Finish() { return digest_.Finish(); }

  // Reads it from the beginning. Not beside another reader of the same file.
  class Lines {
   public:
    // Of a longer line, `bytes_max` bytes are kept.
    Lines(SpoolFile& file, std::size_t bytes_max);

    // Nothing at the end. What follows the last line feed is a line if it is not empty.
    // kUnavailable if the disk fails.
    Result<std::optional<SpooledLine>> Next();

   private:
    Status Fill();

    SpoolFile& file_;
    const std::size_t bytes_max_;
    std::uint64_t offset_ = 0;  // Of the file, behind the buffer.
    std::string buffer_;
    std::size_t begin_ = 0;  // Of what is not given out yet.
    std::string line_;
    std::uint64_t number_ = 0;
  };

 private:
  SpoolFile(int file, std::uint64_t reserve_bytes) : file_(file), reserve_bytes_(reserve_bytes) {}

  const int file_;
  const std::uint64_t reserve_bytes_;
  std::uint64_t size_ = 0;
  std::uint64_t checked_size_ = 0;  // Up to here there is room on the disk.
  Sha256Stream digest_;
};

}  // namespace hq::ledger
