// Vouches that the ledger only grows: looks at its checkpoint every half second, demands the proof
// that it continues what was seen before, and cosigns it. What it cosigns it remembers first; what
// does not follow it refuses, now and ever after.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "common/witness/log_memory.hpp"
#include "common/witness/signing_key.hpp"
#include "common/witness/witness_settings.hpp"
#include "hq/ledger/v1/proof_service.grpc.pb.h"

namespace hq::ledger {

// Counts `hq_witness_refusals_total{reason}` and `hq_witness_cosignatures_total`, shows
// `hq_witness_size`.
class Witness final : public Component {
 public:
  // `address` is the ledger's host:port, `token` the service's own. kDataLoss if the memory is
  // damaged, kInvalidArgument or kPermissionDenied for a key file that is none, kUnavailable if a
  // file cannot be read or made. `clock` and `metrics` outlive it.
  static Result<std::unique_ptr<Witness>> Open(WitnessSettings settings, const std::string& address,
                                               std::string token, Clock& clock,
                                               runtime::Metrics& metrics);

  void Run(std::stop_token stop) override;

  // One look. kUnavailable if the ledger does not answer, or may not; every other code is a
  // refusal, with the reason in its advice. For one thread at a time: Run's, where it runs.
  Status Look(std::stop_token stop = {});

  // By which its cosignatures are checked.
  VerifierKey public_key() const { return key_.PublicKey(KeyType::kCosignatureV1); }

 private:
  Witness(WitnessSettings settings, SigningKey key, const std::string& address, std::string token,
          Clock& clock, runtime::Metrics& metrics);

  template <class Request, class Response>
  Status Ask(grpc::Status (v1::ProofService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
             const Request& request, Response& response, const std::stop_token& stop);
  Status Present(const std::stop_token& stop);
  Status Judge(const std::stop_token& stop);
  Result<TrustedCheckpoint> OpenShown(const std::string& note, const std::stop_token& stop);
  Result<NamedKey> AskKey(const std::stop_token& stop);
  Status CheckHistory(const TrustedCheckpoint& shown, const std::stop_token& stop);
  Status Cosign(TrustedCheckpoint shown, const std::stop_token& stop);
  // An answer that says that this witness is not asked for is no obstacle.
  Status Heard(const Status& answer);
  void Report(const Status& status);

  const WitnessSettings settings_;
  const std::string memory_file_;
  const SigningKey key_;
  const std::string token_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  std::unique_ptr<v1::ProofService::Stub> ledger_;

  std::vector<VerifierKey> trusted_;  // Of the log: what is remembered, and what the file names.
  std::optional<TrustedCheckpoint> memory_;
  bool is_presented_ = false;  // Whether this life of the ledger knows what is remembered.
  std::string reported_;
  std::chrono::steady_clock::time_point reported_at_;
};

}  // namespace hq::ledger
