// What a recovery writes down for people and for programs: what was found, what was tried, up to
// where the ledger is known to be good, and what a person has to do. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/ledger/core/recovery_plan.hpp"

namespace hq::ledger {

struct RecoveryReport {
  std::int64_t time_us = 0;  // Since 1970.
  std::string data_dir;
  std::string folder;  // Where this report lies, and what was put aside.
  Findings findings;
  std::optional<Attempt> attempt;
  RecoveryPlan plan;
  bool is_done = false;  // A repair was carried out.
  // Why a repair was not carried out though it was planned; if it is done, what could not be put in
  // order behind it. Else empty.
  std::string failure;

  // Up to where what is there, or can be had, is proven by a signed head.
  Position KnownGoodTo() const;
  // What a person should do next: sentences, and commands to be copied.
  std::vector<std::string> NextSteps() const;

  std::string Markdown() const;
  // {"time","data_dir","rung","cause","why","is_done","known_good_to","store":{…},"vouched":[…],
  //  "files":[…],"sources":[…],"stretches":[…],"next_steps":[…]}
  std::string Json() const;
};

}  // namespace hq::ledger
