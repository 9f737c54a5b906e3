// What a bucket answers in XML: one page of its list (ListObjectsV2), or the code of an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hq::ledger {

struct S3Listing {
  std::vector<std::string> names;
  std::string next_token;  // Empty on the last page.
};

// kUnavailable, reason ARCHIVE_UNAVAILABLE, for what is no such answer.
Result<S3Listing> ParseS3Listing(std::string_view xml);

// E.g. "SignatureDoesNotMatch"; empty if there is none. The rest of such an answer may quote keys.
std::string S3ErrorCode(std::string_view xml);

}  // namespace hq::ledger
