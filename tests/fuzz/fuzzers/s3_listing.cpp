// What a bucket answers in XML.
#include "services/ledger/adapters/archive/s3_listing.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool S3Listing(std::string_view bytes) {
  HQ_CHECK(ledger::S3ErrorCode(bytes).size() <= 100, "an error's code is short");
  const auto listing = ledger::ParseS3Listing(bytes);
  if (!listing.ok()) {
    CheckRefusal(listing.status());
    HQ_CHECK(absl::IsUnavailable(listing.status()), "an answer that is none may come again");
    return false;
  }
  HQ_CHECK(bytes.find("ListBucketResult") != std::string_view::npos, "a list says that it is one");
  return true;
}

}  // namespace hq::fuzz
