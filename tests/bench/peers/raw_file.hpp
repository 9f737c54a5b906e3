// The disk itself: writes at the end of a file, each followed by fdatasync. Nothing that promises
// durability and does not share syncs can be faster.
#pragma once

#include <memory>
#include <string>

#include "tests/bench/harness/system.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::bench {

class RawFile final : public System {
 public:
  ~RawFile() override;

  std::string name() const override { return "fdatasync"; }
  Durability durability() const override { return Durability::kFsync; }
  bool Takes(AppendLoad::Kind kind) const override { return kind == AppendLoad::Kind::kBatched; }
  Status Reset() override;
  // `clients` means nothing here: one writer.
  Result<AppendResult> Append(const AppendLoad& load) override;

  // How many appends of that size, each synced, are made in a second, tried for that long.
  Result<double> AppendsPerSecond(std::size_t bytes, std::chrono::milliseconds duration);

 private:
  std::unique_ptr<testing::TempDir> directory_;
  int file_ = -1;
};

}  // namespace hq::bench
