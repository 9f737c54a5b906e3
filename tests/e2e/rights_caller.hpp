// Calls any method of a service by its name alone, as a stranger could who knows only what
// reflection tells. It knows no proto of HQ: bytes go out, bytes and a status come back.
#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hq::testing {

// Use from one thread.
class RightsCaller {
 public:
  struct Answer {
    grpc::Status status;
    std::vector<std::string> messages;
  };

  explicit RightsCaller(const std::string& address)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}

  // One request message, then everything up to the status; no token is sent if it is empty.
  // `method` is "package.Service/Method". Unary and streaming calls are alike on the wire.
  Answer Call(const std::string& method, const std::string& token, const std::string& request = "",
              std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    Answer answer;
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    const auto call = stub_.PrepareCall(&context, "/" + method, &queue);
    call->StartCall(this);
    const grpc::Slice slice(request);
    if (Done(queue)) {
      // Not done is no fault: the service may have refused already.
      call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), this);
      Done(queue);
      grpc::ByteBuffer message;
      for (call->Read(&message, this); Done(queue); call->Read(&message, this))
        answer.messages.push_back(BytesOf(message));
    }
    call->Finish(&answer.status, this);
    Done(queue);
    queue.Shutdown();
    Done(queue);
    return answer;
  }

  // The full names of the services that reflection lists; empty if it does not answer.
  std::set<std::string> Services() {
    std::set<std::string> names;
    for (const std::string& list : Ask(kListServices, "*", kListServicesResponse))
      for (const std::string& service : FieldsOf(list, 1))
        for (const std::string& name : FieldsOf(service, 1)) names.insert(name);
    return names;
  }

  // "package.Service/Method" of every method that reflection describes for the service.
  std::set<std::string> MethodsOf(const std::string& service) {
    std::set<std::string> names;
    for (const std::string& files : Ask(kFileContainingSymbol, service, kFileDescriptorResponse))
      for (const std::string& bytes : FieldsOf(files, 1)) AddMethods(bytes, service, names);
    return names;
  }

 private:
  // Field numbers of grpc.reflection.v1alpha.ServerReflectionRequest and -Response.
  static constexpr int kFileContainingSymbol = 4;
  static constexpr int kListServices = 7;
  static constexpr int kFileDescriptorResponse = 4;
  static constexpr int kListServicesResponse = 6;

  static bool Done(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool is_ok = false;
    return queue.Next(&tag, &is_ok) && is_ok;
  }

  static std::string BytesOf(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (buffer.Dump(&slices).ok())
      for (const auto& slice : slices)
        bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    return bytes;
  }

  // All values of one length-delimited field of a message.
  static std::vector<std::string> FieldsOf(const std::string& message, int number) {
    std::vector<std::string> values;
    google::protobuf::UnknownFieldSet fields;
    if (!fields.ParseFromString(message)) return values;
    for (int i = 0; i < fields.field_count(); ++i)
      if (const auto& field = fields.field(i);
          field.number() == number &&
          field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
        values.push_back(field.length_delimited());
    return values;
  }

  static void AddMethods(const std::string& bytes, const std::string& service,
                         std::set<std::string>& names) {
    google::protobuf::FileDescriptorProto file;
    if (!file.ParseFromString(bytes)) return;
    for (const auto& candidate : file.service())
      if (file.package() + "." + candidate.name() == service)
        for (const auto& method : candidate.method()) names.insert(service + "/" + method.name());
  }

  // The values of the field `wanted` in what reflection answers, asked without a token.
  std::vector<std::string> Ask(int question, const std::string& value, int wanted) {
    google::protobuf::Empty request;
    request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(question, value);
    const Answer answer = Call("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "",
                               request.SerializeAsString());
    std::vector<std::string> values;
    if (!answer.status.ok()) return values;
    for (const std::string& message : answer.messages)
      for (std::string& field : FieldsOf(message, wanted)) values.push_back(std::move(field));
    return values;
  }

  grpc::GenericStub stub_;
};

}  // namespace hq::testing
