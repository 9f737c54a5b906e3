#include "services/sync/core/release.hpp"

#include "common/base/ids.hpp"
#include "tests/support/scenario.hpp"

namespace hq::sync {
namespace {

using ReleaseScenario = testing::Scenario<Release>;

ReleaseTree SmallRelease() {
  ReleaseTree release;
  release.entries = {{"index.html", 0100644, Sha256("home")}, {"a/b.css", 0100644, Sha256("b")}};
  release.manifest_bytes = "{}";
  return release;
}

v1::ReleaseCreated Created(const std::string& content) {
  v1::ReleaseCreated created;
  created.set_digest(Sha256(content));
  created.set_release_id(ReleaseIdOf(created.digest()));
  created.set_commit("c1");
  return created;
}

v1::ReleaseEvent CreatedEvent(const std::string& content) {
  v1::ReleaseEvent event;
  *event.mutable_release_created() = Created(content);
  return event;
}

TEST(ReleaseDigest, NamesContentOnly) {
  const ReleaseTree release = SmallRelease();
  ReleaseTree other_order = release;
  std::swap(other_order.entries[0], other_order.entries[1]);
  other_order.tree = "another";
  EXPECT_EQ(DigestOf(release), DigestOf(other_order));
  EXPECT_EQ(DigestOf(release).size(), 32u);
}

TEST(ReleaseDigest, IsTheOneThatIsOnLedgers) {
  // Persisted: if this fails, every release would get a new name.
  EXPECT_EQ(ReleaseIdOf(DigestOf(SmallRelease())), "r-bc72eedc3c93");
}

TEST(ReleaseDigest, ChangesWithEveryPartOfTheContent) {
  const std::string digest = DigestOf(SmallRelease());
  const std::vector<std::function<void(ReleaseTree&)>> changes = {
      [](ReleaseTree& release) { release.entries[0].path = "index.htm"; },
      [](ReleaseTree& release) { release.entries[0].mode = 0100755; },
      [](ReleaseTree& release) { release.entries[0].sha256 = Sha256("house"); },
      [](ReleaseTree& release) { release.entries.pop_back(); },
      [](ReleaseTree& release) { release.manifest_bytes = "{ }"; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ReleaseTree changed = SmallRelease();
    changes[i](changed);
    EXPECT_NE(DigestOf(changed), digest) << "change " << i;
  }
}

TEST(Release, IsCreatedOnceWhateverCommitItCameFrom) {
  const auto created = Created("a");
  const auto decide = [&](const Release::State& state) { return Release::Create(state, created); };
  ReleaseScenario().WhenDecided(decide).Then({CreatedEvent("a").ShortDebugString()});
  auto again = created;
  again.set_commit("c2");
  ReleaseScenario()
      .Given({CreatedEvent("a").ShortDebugString()})
      .WhenDecided([&](const Release::State& state) { return Release::Create(state, again); })
      .Then({});
}

TEST(Release, KeepsItsNameToItself) {
  auto other = Created("a");
  other.set_digest(other.digest().substr(0, 31) + static_cast<char>(other.digest()[31] ^ 1));
  ReleaseScenario()
      .Given({CreatedEvent("a").ShortDebugString()})
      .WhenDecided([&](const Release::State& state) { return Release::Create(state, other); })
      .ThenRefused(absl::StatusCode::kAlreadyExists, "RELEASE_ID_COLLISION");
  other.set_release_id("r-000000000000");
  ReleaseScenario()
      .WhenDecided([&](const Release::State& state) { return Release::Create(state, other); })
      .ThenRefused(absl::StatusCode::kInvalidArgument);
}

TEST(Release, IsQuarantinedOnce) {
  v1::ReleaseQuarantined why;
  why.set_reason("koosy: unhealthy");
  const auto decide = [&](const Release::State& state) { return Release::Quarantine(state, why); };
  const std::string event = R"(release_quarantined { reason: "koosy: unhealthy" })";
  ReleaseScenario().Given({CreatedEvent("a").ShortDebugString()}).WhenDecided(decide).Then({event});
  ReleaseScenario()
      .Given({CreatedEvent("a").ShortDebugString(), event})
      .WhenDecided(decide)
      .Then({});
  ReleaseScenario().WhenDecided(decide).ThenRefused(absl::StatusCode::kNotFound, "NO_SUCH_RELEASE");
}

}  // namespace
}  // namespace hq::sync
