#include "common/ledger_client/ledger_client.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "common/ledger_client/append_call.hpp"
#include "common/ledger_client/record_wire.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kReadTimeout(20'000);
constexpr std::chrono::milliseconds kHeadTimeout(5'000);
constexpr std::chrono::milliseconds kBlobTimeout(60'000);
constexpr std::size_t kPageBytes = 4 * 1024 * 1024;
constexpr std::size_t kBlobChunk = 1024 * 1024;

Status LedgerAway(const Status& status) {
  const bool is_late = absl::IsDeadlineExceeded(status);
  if (!is_late) return status;
  return Refusal(absl::StatusCode::kUnavailable,
                 "the ledger did not answer: " + std::string(status.message()), "LEDGER_AWAY",
                 "Try again.");
}

}  // namespace

struct LedgerClient::Connection {
  std::string token;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::LedgerService::Stub> stub;
  CallsInFlight calls;

  // Calls a method that answers with one message or many and hands each over as it came, until
  // `on_message` says false or fails.
  Status Receive(const char* method, const google::protobuf::Message& request,
                 const std::function<Result<bool>(const grpc::ByteBuffer&)>& on_message) const {
    grpc::ClientContext context;
    rpc::Prepare(context, token, kReadTimeout);
    const grpc::internal::RpcMethod rpc_method(method, grpc::internal::RpcMethod::SERVER_STREAMING,
                                               channel);
    const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
        grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(channel.get(), rpc_method,
                                                                      &context, request));
    grpc::ByteBuffer message;
    Result<bool> goes_on = true;
    while (goes_on.ok() && *goes_on && reader->Read(&message)) goes_on = on_message(message);
    const bool is_cut_short = !goes_on.ok() || !*goes_on;
    if (is_cut_short) context.TryCancel();
    const grpc::Status ended = reader->Finish();
    HQ_RETURN_IF_ERROR(goes_on.status());
    return is_cut_short ? absl::OkStatus() : LedgerAway(rpc::FromGrpc(ended));
  }
};

LedgerClient::LedgerClient(const std::string& address, std::string token)
    : connection_(std::make_unique<Connection>()) {
  connection_->token = std::move(token);
  connection_->channel = rpc::Connect(address);
  connection_->stub = v1::LedgerService::NewStub(connection_->channel);
}

LedgerClient::~LedgerClient() { connection_->calls.Close(); }

void LedgerClient::AppendAsync(v1::AppendRequest request, OnAppended done) {
  std::make_shared<AppendCall>(connection_->calls, *connection_->stub, connection_->token,
                               std::move(request), std::move(done))
      ->Start();
}

Result<StreamSlice> LedgerClient::ReadStream(const v1::ReadStreamRequest& request) {
  StreamSlice slice;
  const Status received =
      connection_->Receive("/hq.ledger.v1.LedgerService/ReadStream", request,
                           [&slice](const grpc::ByteBuffer& wire) -> Result<bool> {
                             v1::ReadStreamResponse rest;
                             HQ_RETURN_IF_ERROR(ReadWire(wire, slice.records, rest));
                             slice.version = rest.stream_version();
                             if (rest.has_command_receipt())
                               slice.command_receipt = rest.command_receipt();
                             return true;
                           });
  if (!received.ok()) return received;
  return slice;
}

Result<Page> LedgerClient::Read(const v1::ReadRequest& request) {
  Page page;
  std::size_t bytes = 0;
  const Status received =
      connection_->Receive("/hq.ledger.v1.LedgerService/Read", request,
                           [&page, &bytes](const grpc::ByteBuffer& wire) -> Result<bool> {
                             v1::ReadResponse rest;
                             HQ_RETURN_IF_ERROR(ReadWire(wire, page.records, rest));
                             page.scanned_to = rest.scanned_to();
                             bytes += wire.Length();
                             return bytes < kPageBytes;
                           });
  if (!received.ok()) return received;
  return page;
}

Result<v1::HeadResponse> LedgerClient::Head() {
  grpc::ClientContext context;
  rpc::Prepare(context, connection_->token, kHeadTimeout);
  v1::HeadResponse response;
  const grpc::Status status = connection_->stub->Head(&context, v1::HeadRequest(), &response);
  if (!status.ok()) return LedgerAway(rpc::FromGrpc(status));
  return response;
}

Result<Recorded> LedgerClient::Get(const v1::GetRequest& request) {
  std::vector<Recorded> records;
  const Status received =
      connection_->Receive("/hq.ledger.v1.LedgerService/Get", request,
                           [&records](const grpc::ByteBuffer& wire) -> Result<bool> {
                             v1::GetResponse rest;
                             HQ_RETURN_IF_ERROR(ReadWire(wire, records, rest));
                             return true;
                           });
  if (!received.ok()) return received;
  if (records.empty()) return absl::DataLossError("the ledger answered without a record");
  return std::move(records.front());
}

Result<std::string> LedgerClient::PutBlob(std::string_view content) {
  grpc::ClientContext context;
  rpc::Prepare(context, connection_->token, kBlobTimeout);
  v1::PutBlobResponse response;
  const auto writer = connection_->stub->PutBlob(&context, &response);
  for (std::size_t sent = 0; sent < content.size(); sent += kBlobChunk) {
    v1::PutBlobRequest request;
    request.set_chunk(std::string(content.substr(sent, kBlobChunk)));
    if (!writer->Write(request)) break;  // Refused: Finish tells why.
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) return LedgerAway(rpc::FromGrpc(status));
  if (response.sha256() != Sha256(content))
    return absl::DataLossError("the ledger stored other content than was sent");
  return response.sha256();
}

Result<std::string> LedgerClient::GetBlob(std::string_view sha256) {
  v1::GetBlobRequest request;
  request.set_sha256(std::string(sha256));
  std::string content;
  const Status received = connection_->Receive(
      "/hq.ledger.v1.LedgerService/GetBlob", request,
      [&content](const grpc::ByteBuffer& wire) -> Result<bool> {
        std::vector<grpc::Slice> slices;
        if (!wire.Dump(&slices).ok()) return absl::DataLossError("an answer without bytes");
        std::string bytes;
        for (const auto& slice : slices)
          bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
        v1::GetBlobResponse response;
        if (!response.ParseFromString(bytes)) return absl::DataLossError("an unreadable answer");
        content += response.chunk();
        return true;
      });
  HQ_RETURN_IF_ERROR(received);
  if (Sha256(content) != sha256) return absl::DataLossError("the content is not what it is named");
  return content;
}

}  // namespace hq::ledger
