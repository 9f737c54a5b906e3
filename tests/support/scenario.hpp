// Given past events, When a command, Then new events (or a refusal). Events are written as protobuf
// text, so a failing test prints a readable difference. Every accepted command is also sent twice:
// a decider that is not idempotent fails here.
#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/session.hpp"

namespace hq::testing {

template <class Message>
Message Text(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

template <Decider D>
class Scenario {
 public:
  using Here = std::source_location;

  Scenario& Given(const std::vector<std::string>& events) {
    for (const auto& text : events)
      state_ = D::Fold(std::move(state_), Text<typename D::Event>(text));
    return *this;
  }

  // D::Decide(state, command, meta).
  template <class Command>
  Scenario& When(const Command& command, std::string actor = "ann") {
    CommandMeta meta;
    meta.actor = std::move(actor);
    return WhenDecided([&](const auto& state) { return D::Decide(state, command, meta); });
  }

  // Any other pure function of the state.
  template <class Decide>
  Scenario& WhenDecided(const Decide& decide) {
    outcome_ = decide(state_);
    if (!outcome_->ok()) return *this;
    auto after = state_;
    for (const auto& event : **outcome_) after = D::Fold(std::move(after), event);
    const auto repeat = decide(after);
    EXPECT_TRUE(!repeat.ok() || repeat->empty()) << "the same command twice must not write twice";
    return *this;
  }

  void Then(const std::vector<std::string>& expected, Here here = Here::current()) {
    ::testing::ScopedTrace trace(here.file_name(), static_cast<int>(here.line()), "then");
    ASSERT_TRUE(outcome_.has_value());
    ASSERT_TRUE(outcome_->ok()) << outcome_->status();
    std::vector<std::string> actual;
    for (const auto& event : **outcome_) actual.push_back(event.ShortDebugString());
    std::vector<std::string> wanted;
    for (const auto& text : expected)
      wanted.push_back(Text<typename D::Event>(text).ShortDebugString());
    EXPECT_EQ(actual, wanted);
  }

  // Any reason will do if none is named.
  void ThenRefused(absl::StatusCode code, std::string_view reason = "",
                   Here here = Here::current()) {
    ::testing::ScopedTrace trace(here.file_name(), static_cast<int>(here.line()), "then");
    ASSERT_TRUE(outcome_.has_value());
    EXPECT_EQ(outcome_->status().code(), code) << outcome_->status();
    if (!reason.empty()) {
      EXPECT_EQ(AdviceOf(outcome_->status()).reason, reason) << outcome_->status();
    }
  }

 private:
  typename D::State state_;
  std::optional<Result<std::vector<typename D::Event>>> outcome_;
};

}  // namespace hq::testing
