// ledger tail, read, get, head, append: the records themselves.
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands.hpp"
#include "common/base/clock.hpp"

namespace hq::cli {
namespace {

namespace v1 = hq::ledger::v1;
using LedgerStub = v1::LedgerService::Stub;

const std::vector<std::string> kRecordHeader = {"POSITION", "ID",     "TIME",   "CELL",
                                                "EVENT",    "STATUS", "TOKENS", "ACTOR"};

std::vector<std::string> RowOf(const v1::Record& record) {
  return {std::to_string(record.position()),
          record.id(),
          ToRfc3339(FromMicros(record.occurred_at_us())),
          record.branch(),
          record.event(),
          record.status(),
          record.has_tokens() ? std::to_string(record.tokens()) : "",
          record.actor()};
}

// As JSON, also when the record holds an event that this build does not know.
Status PrintJson(const Output& output, const v1::Record& record) {
  if (ToJsonLine(record).ok()) return output.Json(record);
  v1::Record readable = record;
  readable.clear_data();
  return output.Json(readable);
}

Status PrintRecords(const Output& output, const std::vector<v1::Record>& records) {
  Table table(kRecordHeader);
  for (const auto& record : records) {
    if (output.is_json()) HQ_RETURN_IF_ERROR(PrintJson(output, record));
    table.Add(RowOf(record));
  }
  if (!output.is_json()) output.Data(table);
  return absl::OkStatus();
}

// Reads what matches; `scanned_to` is how far the ledger was looked at.
Result<std::vector<v1::Record>> ReadAll(const Context& context, const v1::ReadRequest& request,
                                        std::uint64_t& scanned_to) {
  constexpr std::chrono::seconds kTimeout(60);
  grpc::ClientContext call;
  context.services.Prepare(call, context.Timeout(kTimeout), "");
  const auto reader = context.services.ledger().Read(&call, request);
  std::vector<v1::Record> records;
  v1::ReadResponse chunk;
  while (reader->Read(&chunk)) {
    for (auto& record : *chunk.mutable_records()) records.push_back(std::move(record));
    scanned_to = chunk.scanned_to();
  }
  HQ_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  return records;
}

// Goes on with what comes, also over restarts of the ledger, until the deadline or a signal.
Status Follow(const Context& context, std::uint64_t after) {
  constexpr std::chrono::hours kForEver(24 * 365);
  constexpr std::chrono::milliseconds kPause(500);
  const auto deadline = std::chrono::steady_clock::now() + context.Timeout(kForEver);
  while (std::chrono::steady_clock::now() < deadline) {
    v1::SubscribeRequest request;
    request.set_branch(context.invocation.branch);
    request.mutable_after()->set_position(after);
    *request.mutable_filter() = FilterOf(context.invocation);
    grpc::ClientContext call;
    context.services.Prepare(call,
                             std::chrono::duration_cast<std::chrono::milliseconds>(
                                 deadline - std::chrono::steady_clock::now()),
                             "");
    const auto reader = context.services.ledger().Subscribe(&call, request);
    v1::SubscribeResponse chunk;
    while (reader->Read(&chunk)) {
      for (const auto& record : chunk.records()) {
        if (context.output.is_json()) {
          HQ_RETURN_IF_ERROR(PrintJson(context.output, record));
          continue;
        }
        std::string line;
        for (const auto& cell : RowOf(record)) line += (line.empty() ? "" : "  ") + Printable(cell);
        context.output.Data(line);
      }
      after = std::max(after, chunk.scanned_to());
    }
    const Status ended = rpc::FromGrpc(reader->Finish());
    if (absl::IsDeadlineExceeded(ended)) break;
    if (!ended.ok() && !absl::IsUnavailable(ended)) return ended;
    std::this_thread::sleep_for(kPause);
  }
  return absl::OkStatus();
}

}  // namespace

v1::Filter FilterOf(const Invocation& invocation) {
  v1::Filter filter;
  filter.set_branch(invocation.branch);
  filter.set_event(invocation.event);
  filter.set_stream(invocation.stream);
  filter.set_category(invocation.category);
  return filter;
}

v1::GetRequest RecordNamed(const std::string& word) {
  v1::GetRequest request;
  const bool is_position = word.find_first_not_of("0123456789") == std::string::npos;
  if (is_position && !word.empty() && word.size() <= 19)
    request.set_position(std::stoull(word));
  else
    request.set_id(word);
  return request;
}

Status LedgerTail(const Context& context) {
  v1::ReadRequest request;
  request.set_branch(context.invocation.branch);
  request.set_last(true);
  request.set_limit(context.invocation.last);
  *request.mutable_filter() = FilterOf(context.invocation);
  // The head before reading: what comes in between is shown by Follow, once.
  v1::HeadResponse head;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.ledger(), &LedgerStub::Head, v1::HeadRequest(), head));
  std::uint64_t seen = head.head().position();
  std::uint64_t scanned_to = 0;
  HQ_ASSIGN_OR_RETURN(const auto records, ReadAll(context, request, scanned_to));
  HQ_RETURN_IF_ERROR(PrintRecords(context.output, records));
  if (!context.invocation.is_followed) return absl::OkStatus();
  if (!records.empty()) seen = std::max(seen, records.back().position());
  return Follow(context, seen);
}

Status LedgerRead(const Context& context) {
  v1::ReadRequest request;
  request.set_branch(context.invocation.branch);
  request.set_after_position(context.invocation.after_position);
  request.set_limit(context.invocation.limit);
  *request.mutable_filter() = FilterOf(context.invocation);
  std::uint64_t scanned_to = 0;
  HQ_ASSIGN_OR_RETURN(const auto records, ReadAll(context, request, scanned_to));
  HQ_RETURN_IF_ERROR(PrintRecords(context.output, records));
  context.output.Note("looked at everything up to position " + std::to_string(scanned_to));
  return absl::OkStatus();
}

Status LedgerGet(const Context& context) {
  const v1::GetRequest request = RecordNamed(context.invocation.record);
  v1::GetResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.ledger(), &LedgerStub::Get, request, response));
  if (context.output.is_json()) return PrintJson(context.output, response.record());
  const auto json = ToJsonLine(response.record(), false);
  const auto pretty = nlohmann::ordered_json::parse(json.value_or("{}"), nullptr, false);
  context.output.Data(pretty.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  if (!json.ok()) context.output.Note("it holds an event that this build does not know");
  return absl::OkStatus();
}

Status LedgerHead(const Context& context) {
  v1::HeadResponse response;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.ledger(), &LedgerStub::Head, v1::HeadRequest(), response));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("position " + std::to_string(response.head().position()) + "  epoch " +
                      std::to_string(response.head().epoch()) + "  ledger " +
                      Printable(response.head().log_id()));
  return absl::OkStatus();
}

Status LedgerAppend(const Context& context) {
  const Invocation& invocation = context.invocation;
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-" + invocation.branch);
  auto* event = append->add_events();
  event->set_branch(invocation.branch);
  event->set_event(invocation.event);
  event->set_status(invocation.status);
  event->set_claimed_cost(invocation.cost);
  event->set_tier(invocation.tier);
  if (invocation.tokens) event->set_tokens(*invocation.tokens);
  request.set_command_id(invocation.command_id);
  v1::AppendResponse response;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.ledger(), &LedgerStub::Append, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  for (const auto& id : response.receipt().ids()) context.output.Data(id);
  if (response.repeated_command())
    context.output.Note("the ledger had this command already: nothing was appended now");
  return absl::OkStatus();
}

}  // namespace hq::cli
