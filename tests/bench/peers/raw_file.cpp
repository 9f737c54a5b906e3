#include "tests/bench/peers/raw_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {

RawFile::~RawFile() {
  if (file_ >= 0) close(file_);
}

Status RawFile::Reset() {
  acknowledged_ = 0;
  if (file_ >= 0) close(file_);
  directory_ = std::make_unique<testing::TempDir>();
  file_ = open((*directory_ / "data").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return file_ >= 0 ? absl::OkStatus() : absl::InternalError("no file can be made");
}

Result<AppendResult> RawFile::Append(const AppendLoad& load) {
  const auto batch = static_cast<std::uint64_t>(load.batch);
  const std::string bytes(kEventBytes * batch, 'x');
  Meter meter(load, acknowledged_);
  meter.Start();
  for (std::uint64_t sent = 0; !meter.IsOver(sent); sent += batch) {
    const SteadyTime since = Now();
    const bool is_written =
        write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
        fdatasync(file_) == 0;
    if (!is_written) return absl::InternalError("the disk refuses");
    meter.Acknowledged(batch, since);
  }
  return std::move(meter).Result();
}

Result<double> RawFile::AppendsPerSecond(std::size_t bytes, std::chrono::milliseconds duration) {
  HQ_RETURN_IF_ERROR(Reset());
  const std::string content(bytes, 'x');
  const SteadyTime since = Now();
  double appends = 0;
  while (Now() - since < duration) {
    const bool is_written =
        write(file_, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        fdatasync(file_) == 0;
    if (!is_written) return absl::InternalError("the disk refuses");
    ++appends;
  }
  return appends / SecondsBetween(since, Now());
}

}  // namespace hq::bench
