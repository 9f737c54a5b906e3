#include "services/decision/core/cell.hpp"

#include "tests/support/scenario.hpp"

namespace hq::decision {
namespace {

using CellTest = testing::Scenario<Cell>;

const std::string kKoosy =
    R"(id: "koosy" repo: "github.com/dtslib/koosy" domain: "koosy.dtslib.com" visibility: "public"
       tier: "standard" auto_merge_revert: true)";
const std::string kRegistered = "cell_registered { cell { " + kKoosy + " } }";

ApplyCell Koosy(const std::string& more = "") {
  ApplyCell command;
  command.entry = testing::Text<v1::CellEntry>(kKoosy + more);
  return command;
}

v1::SetMaintenanceRequest Maintenance(bool on, const std::string& reason = "stock-taking") {
  v1::SetMaintenanceRequest request;
  request.set_branch("koosy");
  request.set_maintenance(on);
  request.set_reason(reason);
  return request;
}

TEST(Cell, IsRegisteredByItsEntry) { CellTest().When(Koosy()).Then({kRegistered}); }

TEST(Cell, SaysNothingWhenTheEntryIsTheSame) {
  CellTest().Given({kRegistered}).When(Koosy()).Then({});
}

TEST(Cell, ChangesCarryTheWholeEntryAndNameTheFields) {
  const std::string more = R"( owner: "dimas" billing_tier: "premium")";
  CellTest()
      .Given({kRegistered})
      .When(Koosy(more))
      .Then({"cell_changed { cell { " + kKoosy + more +
             R"( } changed: "billingTier" changed: "owner" })"});
}

TEST(Cell, EntersMaintenanceByFileAndNeverLeavesByOne) {
  ApplyCell enters = Koosy();
  enters.enters_maintenance = true;
  const std::string entered = R"(maintenance_entered { reason: "branches.json" })";
  CellTest().When(enters).Then({kRegistered, entered});
  CellTest().Given({kRegistered}).When(enters).Then({entered});
  CellTest().Given({kRegistered, entered}).When(Koosy()).Then({});
}

TEST(Cell, RetiresOnceAndMayComeBack) {
  ApplyCell retires = Koosy();
  retires.retires = true;
  CellTest().Given({kRegistered}).When(retires).Then({"cell_retired {}"});
  CellTest().Given({kRegistered, "cell_retired {}"}).When(retires).Then({});
  CellTest().When(retires).Then({});
  CellTest().Given({kRegistered, "cell_retired {}"}).When(Koosy()).Then({kRegistered});
}

TEST(Cell, MaintenanceIsSetWithAReason) {
  CellTest()
      .Given({kRegistered})
      .When(Maintenance(true))
      .Then({R"(maintenance_entered { reason: "stock-taking" })"});
  CellTest()
      .Given({kRegistered, R"(maintenance_entered { reason: "x" })"})
      .When(Maintenance(false))
      .Then({R"(maintenance_left { reason: "stock-taking" })"});
  CellTest().Given({kRegistered}).When(Maintenance(false)).Then({});
  CellTest()
      .Given({kRegistered})
      .When(Maintenance(true, ""))
      .ThenRefused(absl::StatusCode::kInvalidArgument);
  CellTest()
      .Given({kRegistered})
      .When(Maintenance(true, std::string(501, 'x')))
      .ThenRefused(absl::StatusCode::kInvalidArgument);
  CellTest().When(Maintenance(true)).ThenRefused(absl::StatusCode::kNotFound);
}

TEST(Cell, DescribesChangesForPeople) {
  const Cell::State before = Cell::Fold({}, testing::Text<v1::CellEvent>(kRegistered));
  ApplyCell dearer = Koosy();
  dearer.entry.set_tier("premium");
  const auto events = Cell::Decide(before, dearer, {});
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(Cell::Describe("koosy", before, events->front()),
            std::vector<std::string>{"cell koosy: tier standard -> premium"});
}

TEST(Cell, IsPricedByItsBillingTierElseByItsTier) {
  EXPECT_EQ(BillingTierOf(Koosy().entry), "standard");
  EXPECT_EQ(BillingTierOf(Koosy(R"( billing_tier: "premium")").entry), "premium");
}

}  // namespace
}  // namespace hq::decision
