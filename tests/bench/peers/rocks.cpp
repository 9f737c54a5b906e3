#include "tests/bench/peers/rocks.hpp"

#include <endian.h>

#include <thread>
#include <vector>

#include "tests/bench/wire/append_wire.hpp"

namespace hq::bench {
namespace {

constexpr std::size_t kMemtableBytes = 64 << 20;

}  // namespace

Status Rocks::Reset() {
  acknowledged_ = 0;
  database_.reset();
  directory_ = std::make_unique<testing::TempDir>();
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = kMemtableBytes;
  options.max_background_jobs = 2;
  options.compression = rocksdb::kNoCompression;
  rocksdb::DB* database = nullptr;
  const auto status = rocksdb::DB::Open(options, *directory_ / "data", &database);
  database_.reset(database);
  return status.ok() ? absl::OkStatus() : absl::InternalError(status.ToString());
}

Result<AppendResult> Rocks::Append(const AppendLoad& load) {
  const auto clients = static_cast<std::size_t>(load.clients);
  AppendLoad share = load;
  if (load.events_max != AppendLoad().events_max) share.events_max = load.events_max / clients;
  std::vector<std::unique_ptr<Meter>> meters;
  std::vector<Status> statuses(clients);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i) {
      meters.push_back(std::make_unique<Meter>(share, acknowledged_));
      threads.emplace_back(
          [&, i, meter = meters[i].get()] { statuses[i] = AppendAlone(share, *meter); });
    }
  }
  AppendResult all;
  for (std::size_t i = 0; i < clients; ++i) {
    HQ_RETURN_IF_ERROR(statuses[i]);
    const AppendResult one = std::move(*meters[i]).Result();
    all.events_per_second += one.events_per_second;
    all.latencies_us.insert(all.latencies_us.end(), one.latencies_us.begin(),
                            one.latencies_us.end());
  }
  return all;
}

Status Rocks::AppendAlone(const AppendLoad& load, Meter& meter) {
  const auto pool = BatchPool(load.batch);
  const auto batch = static_cast<std::uint64_t>(load.batch);
  rocksdb::WriteOptions options;
  options.sync = true;
  std::uint64_t sent = 0;
  meter.Start();
  while (!meter.IsOver(sent)) {
    rocksdb::WriteBatch writes;
    const std::uint64_t first = next_.fetch_add(batch);
    for (std::uint64_t i = 0; i < batch; ++i) {
      const std::uint64_t key = htobe64(first + i);
      writes.Put({reinterpret_cast<const char*>(&key), sizeof(key)},
                 pool[(sent / batch) % pool.size()][i]);
    }
    const SteadyTime since = Now();
    const auto status = database_->Write(options, &writes);
    if (!status.ok()) return absl::InternalError(status.ToString());
    sent += batch;
    meter.Acknowledged(batch, since);
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
