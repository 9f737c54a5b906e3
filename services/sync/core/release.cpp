#include "services/sync/core/release.hpp"

#include <algorithm>

#include "common/base/ids.hpp"

namespace hq::sync {
namespace {

constexpr std::size_t kSha256Bytes = 32;
constexpr std::size_t kIdDigits = 12;

void PutNumber(std::string& bytes, std::uint64_t number, int width_bytes) {
  for (int shift = (width_bytes - 1) * 8; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>((number >> shift) & 0xff));
}

void PutSized(std::string& bytes, std::string_view part) {
  PutNumber(bytes, part.size(), 8);
  bytes += part;
}

}  // namespace

Release::State Release::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kReleaseCreated:
      state.created = event.release_created();
      break;
    case Event::kReleaseQuarantined:
      state.is_quarantined = true;
      state.quarantine = event.release_quarantined();
      break;
    case Event::BODY_NOT_SET:
      break;  // Written by a newer version; loading it was refused before.
  }
  return state;
}

Result<Release::Events> Release::Create(const State& state, const v1::ReleaseCreated& created) {
  if (created.digest().size() != kSha256Bytes ||
      created.release_id() != ReleaseIdOf(created.digest()))
    return absl::InvalidArgumentError("the release's id is not that of its digest");
  if (state.created.digest() == created.digest()) return Events{};
  if (!state.created.release_id().empty())
    return Refusal(absl::StatusCode::kAlreadyExists,
                   "another content is called " + created.release_id() + " already",
                   "RELEASE_ID_COLLISION", "Change any file of the release and try again.");
  Events events(1);
  *events[0].mutable_release_created() = created;
  return events;
}

Result<Release::Events> Release::Quarantine(const State& state, const v1::ReleaseQuarantined& why) {
  if (state.created.release_id().empty())
    return Refusal(absl::StatusCode::kNotFound, "no such release", "NO_SUCH_RELEASE",
                   "List the releases to see their ids.");
  if (state.is_quarantined) return Events{};
  Events events(1);
  *events[0].mutable_release_quarantined() = why;
  return events;
}

std::string DigestOf(const ReleaseTree& release) {
  std::vector<const ReleaseEntry*> entries;
  for (const auto& entry : release.entries) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* left, const auto* right) { return left->path < right->path; });
  std::string bytes = "hq-release-1";
  PutNumber(bytes, entries.size(), 8);
  for (const auto* entry : entries) {
    PutSized(bytes, entry->path);
    PutNumber(bytes, entry->mode, 4);
    bytes += entry->sha256;
  }
  PutSized(bytes, release.manifest_bytes);
  return Sha256(bytes);
}

std::string ReleaseIdOf(std::string_view digest) { return "r-" + Hex(digest).substr(0, kIdDigits); }

}  // namespace hq::sync
