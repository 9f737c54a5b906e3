#include "services/ledger/api/explanation.hpp"

#include <algorithm>
#include <set>

#include "services/ledger/api/wire.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::uint32_t kStepsMax = 1'000;
// Of records. One more may stand behind it, and all is still far below what gRPC takes (8 MiB).
constexpr std::size_t kStepsBytesMax = 4 * 1024 * 1024;
// Causes come before what they cause, so a chain cannot be longer than the ledger; a loop cannot
// be, but a forged causation_id may point forward.
constexpr std::size_t kEffectsMax = kStepsMax + 1;

struct Step {
  Recorded recorded;
  std::int32_t distance = 0;
};

class Explanation {
 public:
  Explanation(const RocksEventLog& log, const rpc::Caller& caller, std::size_t limit)
      : log_(log), caller_(caller), limit_(limit) {}

  Result<grpc::ByteBuffer> Of(const std::string& id) {
    v1::GetRequest request;
    request.set_id(id);
    HQ_ASSIGN_OR_RETURN(std::string bytes, log_.Get(caller_, request));
    HQ_ASSIGN_OR_RETURN(Recorded itself, ParseRecord(std::move(bytes)));
    seen_.insert(id);
    AddStep(std::move(itself), 0);
    AddCauses();
    std::reverse(steps_.begin(), steps_.end());
    AddEffects(steps_.size() - 1);
    return OnWire();
  }

 private:
  // Null if the caller may not see it, or if it stands in the chain already.
  std::optional<Recorded> Find(const v1::GetRequest& request) {
    auto bytes = log_.Get(caller_, request);
    if (!bytes.ok()) return std::nullopt;
    auto recorded = ParseRecord(*std::move(bytes));
    if (!recorded.ok() || !seen_.insert(recorded->record.id()).second) return std::nullopt;
    return *std::move(recorded);
  }

  void AddStep(Recorded recorded, std::int32_t distance) {
    bytes_ += recorded.bytes.size();
    steps_.push_back({std::move(recorded), distance});
  }

  // Asked where there is more.
  bool IsFull() {
    const bool is_full = steps_.size() >= limit_ || bytes_ >= kStepsBytesMax;
    is_truncated_ = is_truncated_ || is_full;
    return is_full;
  }

  void AddCauses() {
    while (!steps_.back().recorded.record.causation_id().empty()) {
      v1::GetRequest request;
      request.set_id(steps_.back().recorded.record.causation_id());
      if (IsFull()) return;
      auto cause = Find(request);
      if (!cause) return;
      AddStep(*std::move(cause), steps_.back().distance - 1);
    }
  }

  // Breadth first, so that they come by distance and then by position.
  void AddEffects(std::size_t from) {
    for (std::size_t at = from; at < steps_.size(); ++at) {
      const std::string id = steps_[at].recorded.record.id();
      for (const Position position : log_.EffectsOf(id, kEffectsMax)) {
        if (IsFull()) return;
        v1::GetRequest request;
        request.set_position(position);
        if (auto effect = Find(request)) AddStep(*std::move(effect), steps_[at].distance + 1);
      }
    }
  }

  grpc::ByteBuffer OnWire() const {
    std::string frames;
    for (const Step& step : steps_) {
      std::string bytes;
      AddFrame(bytes, step.recorded.bytes);
      v1::ExplainStep rest;
      rest.set_distance(step.distance);
      rest.AppendToString(&bytes);
      AddFrame(frames, bytes);
    }
    v1::ExplainResponse rest;
    rest.set_truncated(is_truncated_);
    return ToWire(std::move(frames), rest);
  }

  const RocksEventLog& log_;
  const rpc::Caller& caller_;
  const std::size_t limit_;
  std::vector<Step> steps_;
  std::size_t bytes_ = 0;  // Of their records.
  std::set<std::string> seen_;
  bool is_truncated_ = false;
};

}  // namespace

Result<grpc::ByteBuffer> Explain(const RocksEventLog& log, const rpc::Caller& caller,
                                 const v1::ExplainRequest& request) {
  if (request.limit() > kStepsMax)
    return Refusal(absl::StatusCode::kInvalidArgument, "limit: more than 1 000", "INVALID_FIELD",
                   "Ask for fewer, or for 0.");
  const std::uint32_t limit = request.limit() == 0 ? kStepsMax : request.limit();
  return Explanation(log, caller, limit).Of(request.id());
}

}  // namespace hq::ledger
