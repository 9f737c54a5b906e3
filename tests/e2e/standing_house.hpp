// A house with every program in it, standing while a suite of tests asks its services things as
// strangers would. It must end well: every program with exit code 0.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "deploy/local/house/house.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/e2e/rights_caller.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// One house for the suite, because it takes seconds to stand.
class StandingHouse : public ::testing::Test {
 protected:
  using Answer = RightsCaller::Answer;

  static void SetUpTestSuite() {
    constexpr std::chrono::seconds kReadyPatience(60);
    directory_ = std::make_unique<TempDir>();
    house::HouseOptions options;
    options.directory = directory_->path();
    options.bin = HQ_BIN_DIR;
    auto house = house::House::Start(options);
    ASSERT_TRUE(house.ok()) << house.status();
    house_ = std::move(*house);
    const Status ready = house_->WaitReady(kReadyPatience);
    ASSERT_TRUE(ready.ok()) << ready;
  }

  static void TearDownTestSuite() {
    if (house_) {
      const Status ended = house_->StopAll();
      EXPECT_TRUE(ended.ok()) << ended;
    }
    house_.reset();
    directory_.reset();
  }

  static RightsCaller To(const std::string& service) {
    return RightsCaller(house_->AddressOf(service));
  }

  static std::string TokenOf(const std::string& principal) {
    return house_->TokenOf(principal).value();
  }

  // `method` is "package.Service/Method".
  static Answer Call(const std::string& service, const std::string& principal,
                     const std::string& method, const google::protobuf::Message& request) {
    return To(service).Call(method, TokenOf(principal), request.SerializeAsString());
  }

  static inline std::unique_ptr<TempDir> directory_;
  static inline std::unique_ptr<house::House> house_;
};

// That a refusal has the code, hands out no message, and says in its details why, which is
// returned.
inline google::rpc::ErrorInfo ExpectRefused(const RightsCaller::Answer& answer,
                                            grpc::StatusCode code) {
  EXPECT_EQ(answer.status.error_code(), code) << answer.status.error_message();
  EXPECT_TRUE(answer.messages.empty());
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(answer.status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(code));
  google::rpc::ErrorInfo info;
  bool has_info = false;
  for (const auto& detail : details.details()) has_info = has_info || detail.UnpackTo(&info);
  EXPECT_TRUE(has_info) << "no google.rpc.ErrorInfo";
  EXPECT_FALSE(info.reason().empty());
  EXPECT_EQ(info.domain(), "hq.dtslib.com");
  return info;
}

}  // namespace hq::testing
