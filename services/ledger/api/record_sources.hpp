// The streams of records that the ledger serves: a stream, a range, a subscription, a blob.
#pragma once

#include <optional>
#include <string>

#include "common/grpc/identity.hpp"
#include "services/ledger/adapters/look_back.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/chunk_source.hpp"

namespace hq::ledger {

// ReadStream: the stream as it was when the call came.
class StreamSource final : public ChunkSource {
 public:
  StreamSource(RocksEventLog& log, rpc::Caller caller, v1::ReadStreamRequest request);
  Step Next(SteadyTime now) override;

 private:
  RocksEventLog& log_;
  const rpc::Caller caller_;
  const v1::ReadStreamRequest request_;
  Version after_;
  Version until_ = 0;
  bool has_begun_ = false;
};

// For each record of a filtered reading the position of the matching one before it.
class PreviousPositions {
 public:
  explicit PreviousPositions(const RocksEventLog& log) : log_(log) {}

  // Whether those of a chunk that was read from `range` are known. If not, it has looked a bounded
  // number of rows further back: to be asked again, about the same chunk.
  bool Find(const Range& range, const Chunk& chunk);

  // Those of a chunk for which Find has said yes; chunks in rising order, one behind the other.
  void Add(const Chunk& chunk, google::protobuf::RepeatedField<std::uint64_t>& previous);

 private:
  const RocksEventLog& log_;
  std::optional<LookBack> look_back_;
  std::optional<Position> last_;  // Nothing until it is known.
};

// Read: a range up to the head as it was when the call came. While it looks far back it sends
// chunks without records, so that no step is long.
class RangeSource final : public ChunkSource {
 public:
  RangeSource(RocksEventLog& log, const rpc::Caller& caller, const v1::ReadRequest& request);
  Step Next(SteadyTime now) override;

 private:
  Step NextBack();
  // Nothing while the last records are still looked for.
  std::optional<Chunk> ReadOn();

  RocksEventLog& log_;
  Status refused_;
  Range range_;
  std::uint64_t left_;
  const bool is_last_;
  const bool is_descending_;
  bool is_done_ = false;
  std::optional<LookBack> look_back_;  // Of a reading of the last records.
  std::optional<Chunk> held_;  // Read, and not sent before its previous positions are known.
  PreviousPositions previous_;
};

// Subscribe: from the cursor on, without an end. Reads from the log only, so that there is no
// hand-off at which a record could be lost.
class SubscriptionSource final : public ChunkSource {
 public:
  SubscriptionSource(RocksEventLog& log, rpc::Caller caller, const v1::SubscribeRequest& request,
                     std::chrono::milliseconds sign_of_life);
  Step Next(SteadyTime now) override;
  std::optional<std::uint64_t> scanned_to() const override { return request_.after_position(); }

 private:
  // A chunk that is not sent before its previous positions are known.
  struct Held {
    Range range;
    Chunk chunk;
  };

  Step Send(Chunk chunk, SteadyTime now);

  RocksEventLog& log_;
  const rpc::Caller caller_;
  const std::chrono::milliseconds sign_of_life_;
  Status refused_;
  v1::ReadRequest request_;  // after_position goes forward.
  bool is_caught_up_ = false;
  SteadyTime sent_;
  std::optional<Held> held_;
  PreviousPositions previous_;
};

// GetBlob.
class BlobSource final : public ChunkSource {
 public:
  explicit BlobSource(std::string content) : content_(std::move(content)) {}
  Step Next(SteadyTime now) override;

 private:
  const std::string content_;
  std::size_t sent_ = 0;
  bool has_begun_ = false;
};

}  // namespace hq::ledger
