#include "common/grpc/handled.hpp"

#include "common/base/check.hpp"
#include "common/grpc/rights.hpp"

namespace hq::rpc {

Handled::Handled(const Door& door, const google::protobuf::Descriptor* request)
    : metrics_(door.metrics()), method_(MethodOf(request)) {
  HQ_CHECK(method_, "a request is of one method");
}

grpc::Status Handled::End(const Status& status) const {
  Answers& answers = answers_.at(static_cast<std::size_t>(status.code()));
  std::call_once(answers.is_known, [&] {
    answers.counter = metrics_.CounterOf("grpc_server_handled_total",
                                         {{"grpc_service", method_->service()->full_name()},
                                          {"grpc_method", method_->name()},
                                          {"grpc_code", absl::StatusCodeToString(status.code())}});
  });
  answers.counter->Add();
  return ToGrpc(status);
}

}  // namespace hq::rpc
