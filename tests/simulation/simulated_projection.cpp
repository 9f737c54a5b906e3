#include "tests/simulation/simulated_projection.hpp"

#include <map>

#include "common/base/ids.hpp"

namespace hq::testing {
namespace {

constexpr const char* kViewsDirectory = "/views";
constexpr unsigned kViewsOpeningsMax = 4;

// Thrown where the views' process would end.
struct ViewsEnded {
  std::string why;
};

Status LinkIsDown() { return absl::UnavailableError("no answer"); }

}  // namespace

Status DigestView::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const std::string stream = "stream/" + recorded.record.stream();
  rows.Put("count", std::to_string(std::stoull(rows.Get("count").value_or("0")) + 1));
  rows.Put(stream, std::to_string(std::stoull(rows.Get(stream).value_or("0")) + 1));
  rows.Put("digest", Next(rows.Get("digest").value_or(""), recorded.bytes));
  return absl::OkStatus();
}

std::string DigestView::Next(const std::string& digest, const std::string& bytes) {
  return Sha256(digest + bytes);
}

// The ledger, as far away as a network makes it.
class SimulatedProjection::Link final : public EventLog {
 public:
  Link(Luck& luck, SimulatedLedger& ledger) : luck_(luck), ledger_(ledger) {}

  Result<Page> Read(const ledger::v1::ReadRequest& request) override {
    if (IsDown()) return LinkIsDown();
    auto shorter = request;
    if (is_rough_ && luck_.OneIn(3)) shorter.set_limit(1 + luck_.Below(5));
    Result<Page> page = LinkIsDown();
    ledger_.Serve([&] { page = ledger_.log().As(Billing())->Read(shorter); });
    return page;
  }

  Result<ledger::v1::HeadResponse> Head() override {
    if (IsDown()) return LinkIsDown();
    Result<ledger::v1::HeadResponse> head = LinkIsDown();
    ledger_.Serve([&] { head = ledger_.log().As(Billing())->Head(); });
    return head;
  }

  // A projection asks for nothing else.
  void AppendAsync(ledger::v1::AppendRequest, OnAppended done) override { done(LinkIsDown()); }
  Result<StreamSlice> ReadStream(const ledger::v1::ReadStreamRequest&) override {
    return LinkIsDown();
  }
  Result<Recorded> Get(const ledger::v1::GetRequest&) override { return LinkIsDown(); }
  Result<std::string> PutBlob(std::string_view) override { return LinkIsDown(); }
  Result<std::string> GetBlob(std::string_view) override { return LinkIsDown(); }

  void Calm() { is_rough_ = false; }

 private:
  bool IsDown() { return !ledger_.is_open() || (is_rough_ && luck_.OneIn(8)); }
  static rpc::Caller Billing() { return {"billing", "service", {}}; }

  Luck& luck_;
  SimulatedLedger& ledger_;
  bool is_rough_ = true;
};

SimulatedProjection::SimulatedProjection(Luck& luck, Journal& journal, SimulatedLedger& ledger)
    : luck_(luck),
      journal_(journal),
      ledger_(ledger),
      disk_(std::make_unique<SimulatedDisk>()),
      link_(std::make_unique<Link>(luck, ledger)) {}

SimulatedProjection::~SimulatedProjection() { Close(nullptr); }

void SimulatedProjection::Open() {
  if (runner_) return;
  ++openings_;
  is_full_ = false;
  Serve([this] { OpenViews(); });
}

void SimulatedProjection::OpenViews() {
  const auto end = [](const std::string& why) { throw ViewsEnded{why}; };
  auto database = rocks::Database::Open(kViewsDirectory, disk_->env(), end);
  if (!database.ok()) return journal_.Fail("views do not open: " + database.status().ToString());
  database_ = *std::move(database);
  view_ = std::make_unique<DigestView>(*database_);
  runner_ = std::make_unique<projection::Runner>(
      *link_, *database_, std::vector<projection::View*>{view_.get()}, metrics_);
  journal_.Say("views open at " + std::to_string(position()));
  Check();
}

// Nothing rots on this disk: only one that has failed may end a process.
void SimulatedProjection::Serve(const std::function<void()>& call) {
  try {
    call();
  } catch (const ViewsEnded& ended) {
    if (!disk_->has_failed()) return journal_.Fail("views cannot be read: " + ended.why);
    journal_.Say("the views' process ends: " + ended.why);
    Close(disk_->AfterKill());
  }
}

void SimulatedProjection::Close(std::unique_ptr<SimulatedDisk> left) {
  runner_.reset();
  view_.reset();
  database_.reset();
  disk_ = std::move(left);
}

void SimulatedProjection::Ring() {
  if (!runner_) return;
  const auto& records = ledger_.records();
  std::string message = "noise";
  if (!records.empty()) message = records[luck_.Below(records.size())];
  switch (luck_.Below(5)) {
    case 0:
      message.resize(message.size() / 2);
      break;
    case 1: {  // A record that never was, far ahead.
      ledger::v1::Record lie;
      lie.ParseFromString(message);
      lie.set_position(lie.position() + 1'000);
      message = lie.SerializeAsString();
      break;
    }
    case 2: {  // Another one at the place of the next.
      ledger::v1::Record lie;
      lie.ParseFromString(message);
      lie.set_position(position() + 1);
      message = lie.SerializeAsString();
      break;
    }
    default:
      break;
  }
  Serve([&] {
    runner_->Offer(message);
    Check();
  });
}

void SimulatedProjection::CatchUp() {
  if (!runner_) return;
  Serve([this] {
    const Status status = runner_->CatchUp();
    journal_.Say("views at " + std::to_string(position()) + (status.ok() ? "" : ", waiting"));
    Check();
  });
}

// A database that has met a full disk writes no more until it is opened again.
void SimulatedProjection::FillDisk() {
  if (!runner_ || openings_ >= kViewsOpeningsMax) return;
  if (!is_full_) {
    journal_.Say("the views' disk is full");
    disk_->SetFull(true);
    is_full_ = true;
    return;
  }
  disk_->SetFull(false);
  Kill();
}

void SimulatedProjection::Kill() {
  if (!runner_ || openings_ >= kViewsOpeningsMax) return;
  journal_.Say("the views' process is killed");
  auto left = disk_->AfterKill();
  Close(std::move(left));
}

void SimulatedProjection::LosePower() {
  if (!runner_ || openings_ >= kViewsOpeningsMax) return;
  journal_.Say("the views' machine loses power");
  auto left = disk_->AfterPowerLoss(luck_.Next());
  Close(std::move(left));
}

void SimulatedProjection::Calm() {
  link_->Calm();
  if (is_full_) {
    disk_->SetFull(false);
    auto left = disk_->AfterKill();
    Close(std::move(left));
  }
}

// What it shows is what it says it has come to, whatever is on its way.
void SimulatedProjection::Check() {
  const Position at = position();
  if (at > ledger_.records().size()) return journal_.Fail("views ahead of what is durable");
  std::string digest;
  for (Position i = 0; i < at; ++i) digest = DigestView::Next(digest, ledger_.records()[i]);
  if (view_->digest() != digest || view_->count() != std::to_string(at))
    journal_.Fail("views are not the fold of the first " + std::to_string(at) +
                  " records, but of " + view_->count());
}

void SimulatedProjection::CheckComplete() {
  if (!runner_) return journal_.Fail("the views do not come back");
  Serve([this] { CheckRows(); });
}

void SimulatedProjection::CheckRows() {
  if (position() != ledger_.durable())
    journal_.Fail("views end at " + std::to_string(position()) + ", the ledger at " +
                  std::to_string(ledger_.durable()));
  Check();
  std::map<std::string, std::uint64_t> counts;
  for (const std::string& bytes : ledger_.records()) {
    ledger::v1::Record record;
    record.ParseFromString(bytes);
    ++counts[record.stream()];
  }
  for (const auto& [stream, count] : counts)
    if (view_->CountOf(stream) != std::to_string(count))
      journal_.Fail("views count " + view_->CountOf(stream) + " records in " + stream);
}

}  // namespace hq::testing
