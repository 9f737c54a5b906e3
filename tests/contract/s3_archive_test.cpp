// Goal: an archive in R2 is never overwritten and never believed too easily, whatever the server
// answers. Method: a bucket of our own on a real HTTP server, since Swift speaks neither of the
// region `auto` nor of conditional writes; it works out every signature itself. What answers that
// break off do is seen with a server that hangs up.
#include "services/ledger/adapters/archive/s3_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/broken_off.hpp"
#include "tests/contract/stub_s3.hpp"

namespace hq::testing {
namespace {

using ledger::S3Archive;
using ::testing::ElementsAre;

const std::string kName = "segments/0000000001/a.seg";
constexpr int kAlways = 100;

StubS3::Step Answers(http_server::Response response) {
  return [response](StubS3::Objects&) { return response; };
}

// Somebody else puts that name first; then the call is answered as it must be.
StubS3::Step RivalPuts(const std::string& content) {
  return [content](StubS3::Objects& objects) {
    objects[kName] = content;
    return std::nullopt;
  };
}

class S3Bucket : public ::testing::Test {
 protected:
  const std::string kHead = "HEAD " + kName;
  const std::string kGet = "GET " + kName;
  const std::string kPut = "PUT " + kName;
  const std::string kPutIfNew = kPut + " if new";

  static void ExpectAway(const Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_EQ(AdviceOf(status).reason, "ARCHIVE_UNAVAILABLE");
  }
  static void ExpectDiverged(const Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << status;
    EXPECT_EQ(AdviceOf(status).reason, "ARCHIVE_DIVERGED");
  }

  SystemClock clock_;
  StubS3 bucket_;
  S3Archive archive_{bucket_.Settings(), clock_};
};

// The examples of "Authenticating Requests: Using the Authorization Header", so that the bucket's
// own arithmetic is Amazon's.
TEST(SignatureV4, IsWhatAmazonsExamplesSay) {
  const SigningScope scope{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                           "us-east-1"};
  http_server::Request call;
  call.path = "/test.txt";
  call.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                  {"range", "bytes=0-9"},
                  {"x-amz-content-sha256", Hex(Sha256(""))},
                  {"x-amz-date", "20130524T000000Z"}};
  EXPECT_EQ(
      SignatureOf("GET", call, {"host", "range", "x-amz-content-sha256", "x-amz-date"}, scope),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  call.path = "/";
  call.query = "prefix=J&max-keys=2";  // Not in the order in which it is signed.
  EXPECT_EQ(SignatureOf("GET", call, {"host", "x-amz-content-sha256", "x-amz-date"}, scope),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(S3Bucket, EveryCallIsSignedForTheRegionAuto) {
  ASSERT_EQ(ledger::S3Settings().region, "auto");
  ASSERT_EQ(archive_.Put(kName, std::string("bytes\0\xff", 7)), absl::OkStatus());
  EXPECT_EQ(archive_.Put("empty", ""), absl::OkStatus());
  EXPECT_EQ(archive_.Get(kName).value_or(""), std::string("bytes\0\xff", 7));
  EXPECT_EQ(archive_.Get("nothing").status().code(), absl::StatusCode::kNotFound);
  std::vector<std::string> expected;
  for (const char* digit : {"0", "1", "2", "3", "4", "5", "6"}) {
    expected.push_back("list/" + std::string(digit));
    ASSERT_EQ(archive_.Put(expected.back(), digit), absl::OkStatus());
  }
  const auto names = archive_.List("list/");  // Three pages.
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_EQ(*names, expected);
  EXPECT_EQ(bucket_.calls().back(),
            "GET ?continuation-token=1%2F%2B%3Dlist%2F5&list-type=2&max-keys=3&prefix=list%2F");
}

TEST_F(S3Bucket, AnotherRegionOrSecretIsNotLetIn) {
  ledger::S3Settings elsewhere = bucket_.Settings(), forged = bucket_.Settings();
  elsewhere.region = "us-east-1";
  forged.secret_key = "another-secret";
  for (const ledger::S3Settings& settings : {elsewhere, forged}) {
    S3Archive archive(settings, clock_);
    for (const Status& refused : {archive.Put(kName, "x"), archive.Get(kName).status(),
                                  archive.List("segments/").status()}) {
      EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << refused;
      EXPECT_EQ(AdviceOf(refused).reason, "ARCHIVE_REFUSES");
    }
  }
  EXPECT_TRUE(bucket_.calls().empty());
}

TEST_F(S3Bucket, WhatIsThereIsComparedAndNotPut) {
  ASSERT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
  ExpectDiverged(archive_.Put(kName, "other"));
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kPutIfNew, kHead, kGet, kHead, kGet));
  EXPECT_EQ(bucket_.objects().at(kName), "ours");
}

TEST_F(S3Bucket, WhoIsSecondWithTheSameIsDone) {
  bucket_.Next("PUT", RivalPuts("ours"));
  EXPECT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kPutIfNew, kGet));
}

TEST_F(S3Bucket, WhoIsSecondWithSomethingElseIsRefused) {
  bucket_.Next("PUT", RivalPuts("theirs"));
  ExpectDiverged(archive_.Put(kName, "ours"));
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kPutIfNew, kGet));
  EXPECT_EQ(bucket_.objects().at(kName), "theirs");
}

TEST_F(S3Bucket, WhatIsThereAndNotThereIsTriedAgainLater) {
  bucket_.Next("PUT", Answers(S3Error(412, "PreconditionFailed")));
  ExpectAway(archive_.Put(kName, "ours"));
  EXPECT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
}

TEST_F(S3Bucket, AConflictIsTriedAgain) {
  bucket_.Next("PUT", Answers(S3Error(409, "ConditionalRequestConflict")));
  EXPECT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kPutIfNew, kPutIfNew));
  EXPECT_EQ(bucket_.objects().at(kName), "ours");
}

TEST_F(S3Bucket, AConflictThatIsLostIsRefused) {
  bucket_.Next("PUT", Answers(S3Error(409, "ConditionalRequestConflict")));
  bucket_.Next("PUT", RivalPuts("theirs"));
  ExpectDiverged(archive_.Put(kName, "ours"));
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kPutIfNew, kPutIfNew, kGet));
  EXPECT_EQ(bucket_.objects().at(kName), "theirs");
}

TEST_F(S3Bucket, AConflictWithoutEndIsAnArchiveThatIsAway) {
  bucket_.Next("PUT", Answers(S3Error(409, "ConditionalRequestConflict")), kAlways);
  const Status away = archive_.Put(kName, "ours");
  ExpectAway(away);
  EXPECT_THAT(std::string(away.message()), ::testing::HasSubstr("409 ConditionalRequestConflict"));
  EXPECT_EQ(bucket_.calls().size(), 1U + static_cast<unsigned>(bucket_.Settings().attempts_max));
  EXPECT_TRUE(bucket_.objects().empty());
}

TEST_F(S3Bucket, SlowDownIsWaitedFor) {
  // It asks for an hour; nobody waits longer than the back-off's longest.
  http_server::Response slow = S3Error(503, "SlowDown");
  slow.headers.emplace_back("Retry-After", "3600");
  for (const char* method : {"HEAD", "PUT"}) bucket_.Next(method, Answers(slow), 2);
  ASSERT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kHead, kHead, kPutIfNew, kPutIfNew, kPutIfNew));
  bucket_.Next("GET", Answers(slow), 2);
  EXPECT_EQ(archive_.Get(kName).value_or(""), "ours");
  bucket_.Next("GET", Answers(slow), 2);
  EXPECT_THAT(archive_.List("").value_or(std::vector<std::string>()), ElementsAre(kName));
}

TEST_F(S3Bucket, SlowDownWithoutEndIsAnArchiveThatIsAway) {
  for (const char* method : {"PUT", "GET"})
    bucket_.Next(method, Answers(S3Error(503, "SlowDown")), kAlways);
  ExpectAway(archive_.Put(kName, "ours"));
  ExpectAway(archive_.Get(kName).status());
  ExpectAway(archive_.List("").status());
  EXPECT_EQ(bucket_.calls().size(),
            1U + 3U * static_cast<unsigned>(bucket_.Settings().attempts_max));
  EXPECT_TRUE(bucket_.objects().empty());
}

// The second attempt finds what the first one put.
TEST_F(S3Bucket, APutWhoseAnswerIsLostIsDone) {
  bucket_.Next("PUT", [](StubS3::Objects& objects) {
    objects[kName] = "ours";
    return S3Error(503, "ServiceUnavailable");
  });
  EXPECT_EQ(archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_THAT(bucket_.calls(), ElementsAre(kHead, kPutIfNew, kPutIfNew, kGet));
}

class S3BucketWithoutConditions : public S3Bucket {
 protected:
  StubS3 plain_{/*knows_conditions=*/false};
  S3Archive plain_archive_{plain_.Settings(), clock_};
};

TEST_F(S3BucketWithoutConditions, IsAskedOnceAndThenLookedInto) {
  ASSERT_EQ(plain_archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_THAT(plain_.calls(), ElementsAre(kHead, kPutIfNew, kHead, kPut));
  ASSERT_EQ(plain_archive_.Put("blobs/b", "b"), absl::OkStatus());
  EXPECT_EQ(plain_.calls().size(), 6U);
  EXPECT_EQ(plain_.calls().back(), "PUT blobs/b");
}

TEST_F(S3BucketWithoutConditions, WhatIsThereIsNotOverwritten) {
  ASSERT_EQ(plain_archive_.Put(kName, "ours"), absl::OkStatus());
  EXPECT_EQ(plain_archive_.Put(kName, "ours"), absl::OkStatus());
  ExpectDiverged(plain_archive_.Put(kName, "other"));
  EXPECT_EQ(plain_.objects().at(kName), "ours");
}

TEST_F(S3BucketWithoutConditions, WhatCameMeanwhileIsNotOverwritten) {
  plain_.Next("PUT", RivalPuts("theirs"));  // Before it says that it knows no conditions.
  ExpectDiverged(plain_archive_.Put(kName, "ours"));
  EXPECT_THAT(plain_.calls(), ElementsAre(kHead, kPutIfNew, kHead, kGet));
  EXPECT_EQ(plain_.objects().at(kName), "theirs");
}

// 501 to a write without a condition is no reason to try another.
TEST_F(S3BucketWithoutConditions, WhatIsNotImplementedAtAllIsRefused) {
  plain_.Next("PUT", Answers(S3Error(501, "NotImplemented")), kAlways);
  EXPECT_EQ(AdviceOf(plain_archive_.Put(kName, "ours")).reason, "ARCHIVE_REFUSES");
  EXPECT_THAT(plain_.calls(), ElementsAre(kHead, kPutIfNew, kHead, kPut));
}

// Where an answer of five bytes may break off, among its headers too.
const std::vector<std::string>& BrokenAnswers() {
  static const auto* answers = new std::vector<std::string>{
      "",
      "HTTP/1.1 2",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwho",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwho",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n"};
  return *answers;
}
const std::string kWhole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwhole";
const std::string kWholeHead = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";

ledger::S3Settings SettingsOf(const BrokenOff& server) {
  ledger::S3Settings settings;
  settings.endpoint = server.endpoint();
  settings.bucket = "hq-backup";
  settings.access_key = "key";
  settings.secret_key = "secret";
  settings.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  return settings;
}

TEST_F(S3Bucket, AnAnswerThatBreaksOffIsAskedForAgain) {
  for (const std::string& broken : BrokenAnswers()) {
    const BrokenOff server({broken, broken, kWhole});
    const S3Archive archive(SettingsOf(server), clock_);
    const auto got = archive.Get(kName);
    ASSERT_TRUE(got.ok()) << got.status() << "\n" << broken;
    EXPECT_EQ(*got, "whole") << broken;
    EXPECT_EQ(server.answered(), 3U) << broken;
  }
}

TEST_F(S3Bucket, AnAnswerThatAlwaysBreaksOffIsNeverBelieved) {
  for (const std::string& broken : BrokenAnswers()) {
    SCOPED_TRACE(broken);
    const BrokenOff server({broken});
    const S3Archive archive(SettingsOf(server), clock_);
    ExpectAway(archive.Get(kName).status());
    ExpectAway(archive.List("segments/").status());
  }
}

// What is there cannot be read to its end: that is no other content.
TEST_F(S3Bucket, WhatBreaksOffHasNotDiverged) {
  for (const std::string& broken : BrokenAnswers()) {
    SCOPED_TRACE(broken);
    const BrokenOff server({kWholeHead, broken});
    S3Archive archive(SettingsOf(server), clock_);
    ExpectAway(archive.Put(kName, "whole"));
  }
}

TEST_F(S3Bucket, AHeadThatBreaksOffSaysNothing) {
  const BrokenOff server({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"});
  S3Archive archive(SettingsOf(server), clock_);
  ExpectAway(archive.Put(kName, "whole"));
  EXPECT_EQ(server.answered(), 4U);
}

}  // namespace
}  // namespace hq::testing
