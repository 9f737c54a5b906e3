#include "deploy/local/forge/forge.hpp"

#include "deploy/local/forge/rest/answers.hpp"

namespace hq::forge {
namespace {

using http_server::Request;
using http_server::Response;

Response AskForPassword() {
  return {401,
          {{"WWW-Authenticate", "Basic realm=\"forge\""},
           {"Content-Type", "text/plain; charset=utf-8"}},
          "Authentication failed.\n"};
}

}  // namespace

Result<std::unique_ptr<Forge>> Forge::Open(const Settings& settings, Clock& clock) {
  HQ_ASSIGN_OR_RETURN(auto smart_http, git::SmartHttp::Create(settings.data));
  HQ_ASSIGN_OR_RETURN(auto log, RequestLog::Open(settings.request_log, clock));
  return std::unique_ptr<Forge>(new Forge(settings, clock, std::move(smart_http), std::move(log)));
}

Forge::Forge(const Settings& settings, Clock& clock, git::SmartHttp smart_http,
             std::unique_ptr<RequestLog> log)
    : tokens_(settings.hq_token, settings.owner_token),
      store_(settings.data, settings.deploy_delay, clock),
      webhooks_(settings.webhook_url, settings.webhook_secret),
      api_(store_, webhooks_, clock, {settings.check_delay, settings.fail_every}),
      site_(store_, settings.deploy_delay, clock),
      smart_http_(std::move(smart_http)),
      log_(std::move(log)) {}

Response Forge::Handle(const Request& request) {
  Outcome outcome;
  try {
    outcome = Answer(request);
  } catch (const std::exception&) {
    // The JSON library reports what a document should not have held by throwing.
    outcome.response = rest::Error(500, "Server Error");
  }
  log_->Append(request, outcome.response.status, outcome.principal, outcome.audit);
  return outcome.response;
}

Forge::Outcome Forge::Answer(const Request& request) {
  Outcome outcome;
  if (auto page = site_.Handle(request)) {
    outcome.response = *std::move(page);
    return outcome;
  }
  const auto principal = tokens_.Identify(request.Header("authorization"));
  const bool is_git = git::SmartHttp::Owns(request.path);
  if (!principal) {
    outcome.response = is_git ? AskForPassword() : rest::Error(401, "Bad credentials");
    return outcome;
  }
  outcome.principal = principal->login;
  outcome.response = is_git ? smart_http_.Handle(request, *principal)
                            : api_.Handle(request, *principal, &outcome.audit);
  return outcome;
}

}  // namespace hq::forge
