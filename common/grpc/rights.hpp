// The rights matrix (whitepaper section 6.1) as data: which role may do what to which resource.
// Deny by default.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string_view>

#include "common/base/result.hpp"
#include "common/grpc/identity.hpp"
#include "hq/options/v1/options.pb.h"

namespace hq::rpc {

// Whether the matrix gives `role` that verb on that resource.
bool RoleMay(std::string_view role, options::v1::Resource resource, options::v1::Verb verb);

// The method whose request is `request`: every method has a request type of its own. Null if none
// has.
const google::protobuf::MethodDescriptor* MethodOf(const google::protobuf::Descriptor* request);

// Whether the caller may make this call: the method's right, the role, the scope (the request's
// field `branch` against the caller's cells). kPermissionDenied with no data in the message.
Status CheckRight(const Caller& caller, const google::protobuf::Message& request);

}  // namespace hq::rpc
