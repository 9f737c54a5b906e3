// Goal: an import that is killed anywhere is completed by repeating it, once and in order. Method:
// the real process, killed at its fault points, started again on the same data.
#include <gtest/gtest.h>

#include <random>

#include "tests/support/document_client.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/ledger_process.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/sample_documents.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

class ImportCrashTest : public ::testing::TestWithParam<const char*> {
 protected:
  DocumentClient Client() const { return {process_.address(), TokenOf("ann")}; }

  NatsServer nats_;
  LedgerProcess process_{HQ_BIN_DIR, PrincipalsJson(), nats_.LedgerLogin()};
};

TEST_P(ImportCrashTest, RepeatedItIsComplete) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string document = GeneratedDocument(1'000, random);
  process_.Start(GetParam());
  const auto cut_off = Client().Import(document);
  EXPECT_FALSE(cut_off.status.ok()) << process_.Log();
  ASSERT_TRUE(Eventually([this] { return process_.WasKilled(); })) << process_.Log();
  process_.Kill();
  process_.Start();
  const std::string beginning = Client().Export({}).value();
  EXPECT_LT(beginning.size(), document.size());
  EXPECT_EQ(beginning, document.substr(0, beginning.size())) << "seed " << seed;
  const auto completed = Client().Import(document);
  ASSERT_TRUE(completed.status.ok()) << completed.status << "\n" << process_.Log();
  EXPECT_EQ(completed.summary.appended() + completed.summary.already_there(), 1'000U);
  EXPECT_EQ(Client().Export({}).value(), document) << "seed " << seed;
  EXPECT_EQ(process_.Stop(), 0) << process_.Log();
}

INSTANTIATE_TEST_SUITE_P(, ImportCrashTest,
                         ::testing::Values("ledger.import.batch:1", "ledger.import.batch:40",
                                           "ledger.commit.before:2", "ledger.commit.after:1"),
                         [](const auto& kill) {
                           std::string name = kill.param;
                           for (char& c : name)
                             if (c == '.' || c == ':') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace hq::testing
