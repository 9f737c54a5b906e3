// hq-forge: stands in for GitHub in local development, the demo and the tests. See README.md.
#include "common/runtime/process.hpp"
#include "deploy/local/forge/forge.hpp"
#include "deploy/local/http_server/server.hpp"

namespace hq::forge {

Status Run() {
  HQ_ASSIGN_OR_RETURN(const Settings settings, Settings::FromEnvironment());

  SystemClock clock;
  HQ_ASSIGN_OR_RETURN(const auto forge, Forge::Open(settings, clock));

  http_server::Server::Options options;
  options.listen = settings.listen;
  options.body_limit_bytes = std::size_t{64} << 20;  // A push.
  HQ_ASSIGN_OR_RETURN(
      const auto server,
      http_server::Server::Listen(options, [&forge](const http_server::Request& request) {
        return forge->Handle(request);
      }));
  return runtime::RunUntilSignal({&forge->webhooks(), server.get()});
}

}  // namespace hq::forge

int main() { return hq::runtime::Main("forge", hq::forge::Run); }
