// One suite for every EventLog: what a service may rely on, whether the log is a vector, RocksDB in
// the same process, or a ledger behind gRPC.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "common/events/event_log.hpp"
#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {

// A ledger that callers can be given doors to.
class House {
 public:
  virtual ~House() = default;
  virtual std::unique_ptr<EventLog> As(const std::string& principal) = 0;
};

class MemoryHouse final : public House {
 public:
  explicit MemoryHouse(Clock& clock) : ledger_(clock) {}
  std::unique_ptr<EventLog> As(const std::string& principal) override {
    return std::make_unique<MemoryEventLog>(ledger_, CallerNamed(principal));
  }

 private:
  MemoryLedger ledger_;
};

class RocksHouse final : public House {
 public:
  explicit RocksHouse(Clock& clock) {
    auto log = ledger::RocksEventLog::Open(directory_ / "data", clock, metrics_);
    HQ_CHECK(log.ok(), log.status().ToString().c_str());
    log_ = *std::move(log);
  }
  std::unique_ptr<EventLog> As(const std::string& principal) override {
    return log_->As(CallerNamed(principal));
  }

 private:
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<ledger::RocksEventLog> log_;
};

class RemoteHouse final : public House {
 public:
  explicit RemoteHouse(Clock& clock) : ledger_(clock) {}
  std::unique_ptr<EventLog> As(const std::string& principal) override {
    return ledger_.ClientOf(principal);
  }

 private:
  TestLedger ledger_;
};

inline std::unique_ptr<House> MakeHouse(const std::string& kind, Clock& clock) {
  if (kind == "Memory") return std::make_unique<MemoryHouse>(clock);
  if (kind == "Rocks") return std::make_unique<RocksHouse>(clock);
  return std::make_unique<RemoteHouse>(clock);
}

inline auto AllHouses() { return ::testing::Values("Memory", "Rocks", "Remote"); }

// Makes requests as data. Every function returns the request, so that calls can be chained.
class Request {
 public:
  static Request Entry(const std::string& cell, const std::string& event) {
    return Request().Plain("entry-" + cell, cell, event);
  }
  Request& Plain(const std::string& stream, const std::string& branch, const std::string& event) {
    auto* added = On(stream)->add_events();
    added->set_branch(branch);
    added->set_event(event);
    return *this;
  }
  Request& Event(const std::string& stream, const std::string& branch,
                 const google::protobuf::Message& event) {
    auto* added = On(stream)->add_events();
    added->set_branch(branch);
    added->set_event(EventNameOf(event));
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    return *this;
  }
  Request& Expect(Version version) {
    request_.mutable_appends(request_.appends_size() - 1)->set_expected_version(version);
    return *this;
  }
  Request& If(const std::string& stream, Version version) {
    auto* condition = request_.add_conditions();
    condition->set_stream(stream);
    condition->set_version(version);
    return *this;
  }
  Request& Id(const std::string& command_id) {
    request_.set_command_id(command_id);
    return *this;
  }
  Request& For(const std::string& actor, const std::string& role) {
    request_.set_actor(actor);
    request_.set_role(role);
    return *this;
  }
  ledger::v1::AppendRequest& operator*() { return request_; }
  ledger::v1::AppendRequest* operator->() { return &request_; }

 private:
  ledger::v1::StreamAppend* On(const std::string& stream) {
    for (auto& append : *request_.mutable_appends())
      if (append.stream() == stream) return &append;
    auto* append = request_.add_appends();
    append->set_stream(stream);
    return append;
  }
  ledger::v1::AppendRequest request_;
};

inline decision::v1::KillSwitchEvent KillSwitchOn() {
  decision::v1::KillSwitchEvent event;
  event.mutable_kill_switch_activated()->set_reason("test");
  return event;
}

inline ledger::v1::EffectEvent Intended() {
  ledger::v1::EffectEvent event;
  event.mutable_effect_intended()->set_effect_key("key");
  return event;
}

// An attempt that names these fences.
inline ledger::v1::EffectEvent Attempted(const std::vector<std::string>& streams) {
  ledger::v1::EffectEvent event;
  event.mutable_effect_attempted()->set_attempt(1);
  for (const auto& stream : streams)
    event.mutable_effect_attempted()->add_fences()->set_stream(stream);
  return event;
}

class EventLogContract : public ::testing::TestWithParam<const char*> {
 protected:
  EventLogContract() : house_(MakeHouse(GetParam(), clock_)) {}

  std::unique_ptr<EventLog> As(const std::string& principal) { return house_->As(principal); }

  Result<ledger::v1::AppendResponse> Append(const std::string& principal, Request request) {
    return As(principal)->Append(*request);
  }

  // All records, by somebody who may see them.
  std::vector<Recorded> All() {
    auto page = As("ann")->Read(ledger::v1::ReadRequest());
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->records : std::vector<Recorded>();
  }

  // Any reason will do if none is named.
  static void ExpectRefused(const Status& status, absl::StatusCode code,
                            std::string_view reason = "") {
    EXPECT_EQ(status.code(), code) << status;
    if (!reason.empty()) {
      EXPECT_EQ(AdviceOf(status).reason, reason) << status;
    }
  }

  FakeClock clock_;
  std::unique_ptr<House> house_;
};

inline std::string NameOfHouse(const ::testing::TestParamInfo<const char*>& info) {
  return info.param;
}

}  // namespace hq::testing
