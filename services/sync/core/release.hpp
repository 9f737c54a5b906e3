// A release: a tree of the HQ repository with its manifest, named by its content. It is created,
// and quarantined when it had to be taken back. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/session.hpp"
#include "hq/sync/v1/events.pb.h"
#include "services/sync/core/merge_report.hpp"

namespace hq::sync {

struct Release {
  static constexpr std::string_view kCategory = "release";
  using Event = v1::ReleaseEvent;
  using Events = std::vector<Event>;

  struct State {
    v1::ReleaseCreated created;  // release_id is empty until it is there.
    bool is_quarantined = false;
    v1::ReleaseQuarantined quarantine;
  };

  static std::string Branch(std::string_view) { return "hq"; }
  static State Fold(State state, const Event& event);

  // No events if the same content is there already, whatever commit it came from.
  // kInvalidArgument if the id is not that of the digest; kAlreadyExists, reason
  // RELEASE_ID_COLLISION, if another content has the same first 12 digits.
  static Result<Events> Create(const State& state, const v1::ReleaseCreated& created);

  // No events if it is quarantined already. kNotFound.
  static Result<Events> Quarantine(const State& state, const v1::ReleaseQuarantined& why);
};

// SHA-256, 32 bytes, of (integers big-endian, lengths before what they measure)
//   "hq-release-1" count:u64 { path_size:u64 path mode:u32 sha256[32] }* manifest_size:u64 manifest
// with the entries in the order of their paths. Persisted: never change it.
std::string DigestOf(const ReleaseTree& release);

// `r-` and the first 12 hexadecimal digits of the digest.
std::string ReleaseIdOf(std::string_view digest);

}  // namespace hq::sync
