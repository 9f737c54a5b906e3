// hq-release.json as a site serves it: a plain name or nothing.
#include "services/sync/adapters/release_file.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool ReleaseFile(std::string_view bytes) {
  const std::string valid = ValidUtf8(bytes, 50);
  HQ_CHECK(valid.size() <= 50 && IsUtf8(valid), "any text can be made UTF-8");
  HQ_CHECK(!IsUtf8(bytes) || bytes.starts_with(valid), "what is UTF-8 is only cut");
  const std::string release = sync::ReleaseIn(bytes);
  if (release.empty()) return false;
  HQ_CHECK(release.size() <= 100 &&
               std::none_of(release.begin(), release.end(),
                            [](char c) { return c == '/' || c == ' ' || c < 0x20; }),
           "a release's name is plain");
  HQ_CHECK(sync::ReleaseIn(sync::ReleaseFileFor(release)) == release, "written and read the same");
  return true;
}

}  // namespace hq::fuzz
