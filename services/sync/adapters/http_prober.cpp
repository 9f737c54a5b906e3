#include "services/sync/adapters/http_prober.hpp"

#include <algorithm>

#include "services/sync/adapters/release_file.hpp"

namespace hq::sync {
namespace {

constexpr int kOk = 200;

// What a host or a path part may be made of: nothing that would change the URL around it.
bool IsSafeInUrl(const std::string& text) {
  return !text.empty() && text.find("..") == std::string::npos &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':';
         });
}

// False if the template asks for something that the cell has not, or that is no part of a URL.
bool PutInto(std::string& url, const std::string& name, const std::string& value) {
  const auto place = url.find(name);
  if (place == std::string::npos) return true;
  if (!IsSafeInUrl(value)) return false;
  url.replace(place, name.size(), value);
  return true;
}

}  // namespace

Result<HttpProber> HttpProber::Make(const Settings& settings) {
  const bool is_http =
      settings.url_template.starts_with("http://") || settings.url_template.starts_with("https://");
  if (!is_http)
    return absl::InvalidArgumentError("the template of sites' URLs must begin with http(s)://");
  return HttpProber(settings);
}

Probe HttpProber::ProbeSite(const std::string& domain, const RepoName& repo) {
  Probe probe;
  std::string url = settings_.url_template;
  while (url.ends_with('/')) url.pop_back();
  const bool is_known = PutInto(url, "{domain}", domain) && PutInto(url, "{owner}", repo.owner) &&
                        PutInto(url, "{name}", repo.name);
  if (!is_known) {
    probe.detail = "the cell has no address";
    return probe;
  }
  const auto health = Get(url + "/health");
  if (!health.ok()) {
    probe.detail = std::string(health.status().message());
    return probe;
  }
  probe.answered = true;
  probe.is_healthy = health->status == kOk;
  probe.detail = std::to_string(health->status);
  const auto release = Get(url + "/" + kReleaseFileName);
  if (release.ok() && release->status == kOk) probe.release_id = ReleaseIn(release->body);
  return probe;
}

Result<http::Response> HttpProber::Get(const std::string& url) const {
  constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;
  http::Request request;
  request.url = url;
  // A cache would tell of the release before.
  request.headers = {{"Cache-Control", "no-cache"}, {"Accept", "application/json"}};
  request.timeout_ms = settings_.timeout.count();
  request.response_bytes_max = kPageBytesMax;
  return client_.Send(request);
}

}  // namespace hq::sync
