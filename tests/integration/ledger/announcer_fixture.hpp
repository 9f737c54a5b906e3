// What tests of the announcer share: a ledger, a real nats-server, and the announcement stream read
// back message by message as an outsider sees it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nats/nats.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "services/ledger/adapters/nats_announcer.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {

// One message of HQ_EVENTS as an outsider reads it.
struct Stored {
  std::string subject;
  std::map<std::string, std::string> headers;
  std::string payload;
};

// Reads and writes JetStream with the ledger's own login, as nobody else could.
class Outsider {
 public:
  explicit Outsider(const nats::Login& login) {
    connection_ = *nats::Connection::Open(login);
    EXPECT_TRUE(Eventually([this] { return connection_->is_connected(); }));
    EXPECT_EQ(natsConnection_JetStream(&js_, connection_->get(), nullptr), NATS_OK);
  }
  ~Outsider() {
    connection_->Close();
    jsCtx_Destroy(js_);
  }

  std::uint64_t LastSequence() {
    jsStreamInfo* info = nullptr;
    if (js_GetStreamInfo(&info, js_, "HQ_EVENTS", nullptr, nullptr) != NATS_OK) return 0;
    const std::uint64_t last = info->State.LastSeq;
    jsStreamInfo_Destroy(info);
    return last;
  }

  std::vector<Stored> All() {
    std::vector<Stored> all;
    const std::uint64_t last = LastSequence();
    for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
      natsMsg* message = nullptr;
      if (js_GetMsg(&message, js_, "HQ_EVENTS", sequence, nullptr, nullptr) != NATS_OK) continue;
      Stored stored;
      stored.subject = natsMsg_GetSubject(message);
      stored.payload.assign(natsMsg_GetData(message),
                            static_cast<std::size_t>(natsMsg_GetDataLength(message)));
      const char** keys = nullptr;
      int count = 0;
      if (natsMsgHeader_Keys(message, &keys, &count) == NATS_OK) {
        for (int i = 0; i < count; ++i) {
          const char* value = nullptr;
          if (natsMsgHeader_Get(message, keys[i], &value) == NATS_OK)
            stored.headers[keys[i]] = value;
        }
        free(keys);
      }
      natsMsg_Destroy(message);
      all.push_back(std::move(stored));
    }
    return all;
  }

  void Forge(const std::string& subject, const std::string& payload) {
    jsPubAck* ack = nullptr;
    EXPECT_EQ(js_Publish(&ack, js_, subject.c_str(), payload.data(),
                         static_cast<int>(payload.size()), nullptr, nullptr),
              NATS_OK);
    jsPubAck_Destroy(ack);
  }

 private:
  std::unique_ptr<nats::Connection> connection_;
  jsCtx* js_ = nullptr;
};

class AnnouncerTest : public ::testing::Test {
 protected:
  ~AnnouncerTest() override { StopAnnouncer(); }

  // One that does not run yet.
  ledger::NatsAnnouncer& MakeAnnouncer(
      std::chrono::milliseconds first_look_patience = std::chrono::minutes(10)) {
    ledger::AnnouncerSettings settings;
    settings.login = nats_.LedgerLogin();
    settings.retry_wait = std::chrono::milliseconds(100);
    settings.first_look_patience = first_look_patience;
    announcer_ = std::make_unique<ledger::NatsAnnouncer>(ledger_.log(), settings, readiness_,
                                                         ledger_.metrics());
    return *announcer_;
  }

  void RunAnnouncer() {
    thread_ = std::jthread([this](std::stop_token stop) { announcer_->Run(stop); });
  }

  void StartAnnouncer() {
    MakeAnnouncer();
    RunAnnouncer();
  }

  void StopAnnouncer() {
    thread_ = {};
    announcer_.reset();
  }

  void AppendEntries(int count) {
    for (int i = 0; i < count; ++i) {
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      auto* event = append->add_events();
      event->set_branch("koosy");
      event->set_event("page_seen");
      ASSERT_TRUE(ledger_.log().As(CallerNamed("ann"))->Append(request).ok());
    }
  }

  // Many at once.
  void AppendTogether(int count) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-koosy");
    for (int i = 0; i < count; ++i) {
      append->add_events()->set_branch("koosy");
      append->mutable_events(i)->set_event("page_seen");
    }
    const auto response = ledger_.log().As(CallerNamed("ann"))->Append(request);
    ASSERT_TRUE(response.ok()) << response.status();
  }

  std::vector<std::string> LedgerBytes() {
    std::vector<std::string> bytes;
    const auto log = ledger_.log().As(CallerNamed("ann"));
    ledger::v1::ReadRequest request;
    while (bytes.size() < Head()) {
      const auto page = log->Read(request);
      if (!page.ok() || page->records.empty()) break;
      for (const auto& recorded : page->records) bytes.push_back(recorded.bytes);
      request.set_after_position(page->scanned_to);
    }
    return bytes;
  }

  Position Head() { return ledger_.log().Head().head().position(); }

  // What is announced is the ledger, record by record, byte by byte.
  void ExpectAnnouncedEqualsLedger(std::chrono::seconds wait = std::chrono::seconds(20)) {
    Outsider outsider(nats_.LedgerLogin());
    ASSERT_TRUE(Eventually([&] { return outsider.LastSequence() >= Head(); }, wait));
    std::vector<std::string> announced;
    for (const auto& stored : outsider.All()) announced.push_back(stored.payload);
    EXPECT_EQ(announced, LedgerBytes());
  }

  // It does not serve any more, for that reason, and nothing was recorded or announced since.
  void ExpectStopped(const std::string& reason, Position head, std::uint64_t last_sequence) {
    EXPECT_TRUE(Eventually([&] { return !readiness_.is_serving(); }));
    EXPECT_THAT(std::string(readiness_.Check().message()), ::testing::HasSubstr(reason));
    EXPECT_NE(ledger_.metrics().Text().find("hq_ledger_announcer_halted 1"), std::string::npos);
    EXPECT_EQ(Head(), head);
    EXPECT_EQ(Outsider(nats_.LedgerLogin()).LastSequence(), last_sequence);
  }

  FakeClock clock_;
  NatsServer nats_;
  TestLedger ledger_{clock_};
  ledger::Readiness readiness_;
  std::unique_ptr<ledger::NatsAnnouncer> announcer_;
  std::jthread thread_;
};

}  // namespace hq::testing
