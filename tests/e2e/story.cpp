#include "tests/e2e/story.hpp"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/util/json_util.h>
#include <regex.h>

#include <algorithm>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "hq/ledger/v1/events.pb.h"

namespace hq::demo {
namespace {

// Everything that is another in every run. Probes are counted from anew by a sync that starts again
// in the middle of them, and three cells of one wave merge in any order.
const regex_t& WhatDiffers() {
  static const regex_t* pattern = [] {
    auto* compiled = new regex_t;
    const int failure =
        regcomp(compiled,
                "\\bro-[0-9a-f]{12}|\\br-[0-9a-f]{6,}|\\b[0-9a-f]{40}\\b|\\btrial-[0-9]+"
                "|TXN-[0-9]{8}-[0-9]+|/pull/[0-9]+|/issues/[0-9]+"
                "|\"(number|plan_size|merge_order|[a-z_]+_us)\":\"?[0-9]+\"?"
                "|\"(plan_sha256|digest)\":\"[^\"]+\"",
                REG_EXTENDED);
    HQ_CHECK(failure == 0, "the pattern is a regular expression");
    return compiled;
  }();
  return *pattern;
}

std::string JsonOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : status.ToString();
}

struct EffectTrail {
  ledger::v1::EffectIntended intended;
  std::string branch;
  int intents = 0;
  int attempts = 0;
  int settlements = 0;
  bool succeeded = false;
  bool adopted = false;
};

void Follow(const Recorded& one, EffectTrail& trail) {
  ledger::v1::EffectEvent event;
  if (!one.record.data().UnpackTo(&event)) return;
  trail.branch = one.record.branch();
  if (event.has_effect_intended()) {
    trail.intended = event.effect_intended();
    ++trail.intents;
  }
  if (event.has_effect_attempted()) ++trail.attempts;
  if (event.has_effect_settled()) {
    ++trail.settlements;
    trail.succeeded = event.effect_settled().succeeded();
    trail.adopted = event.effect_settled().adopted();
  }
}

Status Check(const std::string& stream, const EffectTrail& trail) {
  if (trail.intents == 1 && trail.settlements == 1 && trail.succeeded &&
      (trail.attempts > 0 || trail.adopted))
    return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(stream, " was intended ", trail.intents, " times, attempted ", trail.attempts,
                   ", settled ", trail.settlements, trail.succeeded ? ", well" : ", badly"));
}

}  // namespace

std::string Renamer::Rename(const std::string& text) {
  std::string renamed;
  const char* rest = text.c_str();
  regmatch_t match;
  while (regexec(&WhatDiffers(), rest, 1, &match, rest == text.c_str() ? 0 : REG_NOTBOL) == 0) {
    renamed.append(rest, static_cast<std::size_t>(match.rm_so));
    const std::string what(rest + match.rm_so, rest + match.rm_eo);
    renamed += names_.try_emplace(what, absl::StrCat("<", names_.size(), ">")).first->second;
    rest += match.rm_eo;
  }
  return renamed + rest;
}

Result<Story> StoryOf(const std::vector<Recorded>& records) {
  Story story;
  std::map<std::string, Renamer> renamers;
  std::map<std::string, EffectTrail> trails;
  for (const Recorded& one : records) {
    const std::string category(CategoryOf(one.record.stream()));
    if (category == "delivery" || category == "ledger") continue;
    if (category == "sync_effect") {
      Follow(one, trails[one.record.stream()]);
      continue;
    }
    const std::string about = category + " of " + one.record.branch();
    story[about].push_back(renamers[about].Rename(one.record.event() + " " + one.record.status() +
                                                  " " + JsonOf(one.record.data())));
  }
  for (const auto& [stream, trail] : trails) {
    HQ_RETURN_IF_ERROR(Check(stream, trail));
    const std::string about = "effects of " + trail.branch;
    story[about].push_back(Renamer().Rename(trail.intended.kind() + " " + trail.intended.target()));
  }
  for (auto& [about, lines] : story)
    if (about.starts_with("effects of ")) std::sort(lines.begin(), lines.end());
  return story;
}

std::vector<std::string> LinesOfChange(const std::string& diff) {
  Renamer renamer;
  std::vector<std::string> lines;
  for (const auto& line : absl::StrSplit(diff, '\n'))
    if (!absl::StartsWith(line, "index ")) lines.push_back(renamer.Rename(std::string(line)));
  return lines;
}

std::string DifferenceOf(const Story& expected, const Story& actual) {
  for (const auto& [about, lines] : actual)
    if (!expected.contains(about)) return "nobody expected " + about;
  for (const auto& [about, lines] : expected) {
    const auto it = actual.find(about);
    if (it == actual.end()) return "there is no " + about;
    const auto& told = it->second;
    for (std::size_t i = 0; i < std::max(lines.size(), told.size()); ++i) {
      const std::string one = i < lines.size() ? lines[i] : "(the end)";
      const std::string other = i < told.size() ? told[i] : "(the end)";
      if (one != other)
        return absl::StrCat(about, ", line ", i + 1, "\n  expected ", one, "\n  was      ", other);
    }
  }
  return "";
}

}  // namespace hq::demo
