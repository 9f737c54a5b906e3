// Git over HTTP: fetch and push, served by `git http-backend`. Branches are protected as at GitHub:
// HQ's token may push refs/heads/hq/* only, the owner's token may push anything.
#pragma once

#include <filesystem>

#include "common/base/result.hpp"
#include "deploy/local/forge/principal.hpp"
#include "deploy/local/http_server/request.hpp"
#include "deploy/local/http_server/response.hpp"

namespace hq::forge::git {

// Safe from any thread.
class SmartHttp {
 public:
  // Writes the hook that protects branches into `folder`/state/hooks. `folder` is the forge's data.
  static Result<SmartHttp> Create(const std::filesystem::path& folder);

  // Whether the path is one that Git asks for: /{owner}/{name}.git/…
  static bool Owns(const std::string& path);

  // The caller has been identified already.
  http_server::Response Handle(const http_server::Request& request,
                               const Principal& principal) const;

 private:
  explicit SmartHttp(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace hq::forge::git
