// ledger import, export: the ledger's documents, as files or through a pipe.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "cli/commands.hpp"
#include "common/base/ids.hpp"

namespace hq::cli {
namespace {

namespace v1 = hq::ledger::v1;

constexpr std::size_t kChunkBytes = 512 * 1024;
constexpr std::chrono::hours kDocumentTimeout(24);

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Status FileFailed(const std::string& path) {
  const std::string why = std::strerror(errno);
  return Refusal(absl::StatusCode::kInvalidArgument, path + ": " + why, "FILE_NOT_USABLE",
                 "Check the path and its permissions.");
}

// How far it is, on one line of the terminal that is written over again and again.
void ShowProgress(const v1::ImportProgress& progress) {
  std::fprintf(stderr, "\r%llu bytes sent, %llu lines checked, %llu entries on the ledger ",
               static_cast<unsigned long long>(progress.bytes_received()),
               static_cast<unsigned long long>(progress.lines_checked()),
               static_cast<unsigned long long>(progress.entries_done()));
}

void PrintSummary(const Output& output, const v1::ImportSummary& summary, bool is_dry_run) {
  if (summary.bad_lines() > 0) {
    Table table({"LINE", "PATH", "REASON"});
    for (const auto& bad : summary.first_bad_lines())
      table.Add({std::to_string(bad.line()), bad.path(), bad.reason()});
    output.Data(table);
    return;
  }
  std::string line = std::to_string(summary.entries()) + " entries";
  if (is_dry_run) {
    line += ", all good; nothing was appended";
  } else {
    line += ": " + std::to_string(summary.appended()) + " appended, " +
            std::to_string(summary.already_there()) + " already there";
  }
  if (summary.first_position() > 0)
    line += "; positions " + std::to_string(summary.first_position()) + " to " +
            std::to_string(summary.last_position());
  output.Data(line + "; SHA-256 " + Hex(summary.sha256()));
}

using ImportStream = grpc::ClientReaderWriter<v1::ImportEntriesRequest, v1::ImportEntriesResponse>;

// Sends the file until its end, or until the ledger wants no more of it.
Status Send(std::FILE* file, const std::string& path, bool is_dry_run, ImportStream& stream) {
  v1::ImportEntriesRequest request;
  request.set_dry_run(is_dry_run);
  std::string chunk(kChunkBytes, '\0');
  while (!request.complete()) {
    const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file);
    if (std::ferror(file)) return FileFailed(path);
    request.set_chunk(chunk.substr(0, count));
    request.set_complete(std::feof(file) != 0);
    if (!stream.Write(request)) break;
  }
  stream.WritesDone();
  return absl::OkStatus();
}

// Takes what the ledger says, while the document is sent.
v1::ImportSummary Listen(ImportStream& stream, bool is_progress_shown) {
  v1::ImportSummary summary;
  v1::ImportEntriesResponse response;
  while (stream.Read(&response)) {
    if (response.has_summary()) summary = response.summary();
    if (response.has_progress() && is_progress_shown) ShowProgress(response.progress());
  }
  if (is_progress_shown) std::fprintf(stderr, "\r\033[K");
  return summary;
}

Status WithRepeatAdvice(const Status& status) {
  const bool is_cut_off =
      absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
  if (!is_cut_off) return status;
  return WithAdvice(status, {AdviceOf(status).reason,
                             "Import the same file again: what is there already is not appended "
                             "twice."});
}

}  // namespace

Status LedgerImport(const Context& context) {
  const Invocation& invocation = context.invocation;
  const bool is_stdin = invocation.file == "-";
  const File opened(is_stdin ? nullptr : std::fopen(invocation.file.c_str(), "rb"));
  if (!is_stdin && !opened) return FileFailed(invocation.file);
  grpc::ClientContext call;
  context.services.Prepare(call, context.Timeout(kDocumentTimeout), "");
  const auto stream = context.services.documents().ImportEntries(&call);
  const bool is_progress_shown = !context.output.is_json() && isatty(STDERR_FILENO) == 1;
  v1::ImportSummary summary;
  std::jthread listening([&] { summary = Listen(*stream, is_progress_shown); });
  const Status sent =
      Send(is_stdin ? stdin : opened.get(), invocation.file, invocation.is_dry_run, *stream);
  if (!sent.ok()) call.TryCancel();
  listening.join();
  const Status status = rpc::FromGrpc(stream->Finish());
  HQ_RETURN_IF_ERROR(sent);
  const bool is_known = !summary.sha256().empty();
  if (is_known && context.output.is_json()) HQ_RETURN_IF_ERROR(context.output.Json(summary));
  if (is_known && !context.output.is_json() && (status.ok() || summary.bad_lines() > 0))
    PrintSummary(context.output, summary, invocation.is_dry_run);
  return WithRepeatAdvice(status);
}

// A file appears under its name only when it is whole.
Status LedgerExport(const Context& context) {
  const Invocation& invocation = context.invocation;
  const bool is_stdout = invocation.file.empty() || invocation.file == "-";
  const std::string partial = invocation.file + ".partial";
  File opened(is_stdout ? nullptr : std::fopen(partial.c_str(), "wb"));
  if (!is_stdout && !opened) return FileFailed(partial);
  std::FILE* file = is_stdout ? stdout : opened.get();
  v1::ExportEntriesRequest request;
  request.set_branch(invocation.branch);
  request.set_after_position(invocation.after_position);
  request.set_limit(invocation.limit);
  *request.mutable_filter() = FilterOf(invocation);
  grpc::ClientContext call;
  context.services.Prepare(call, context.Timeout(kDocumentTimeout), "");
  const auto reader = context.services.documents().ExportEntries(&call, request);
  v1::ExportEntriesResponse response;
  bool is_written = true;
  while (is_written && reader->Read(&response)) {
    const std::string& chunk = response.chunk();
    is_written = std::fwrite(chunk.data(), 1, chunk.size(), file) == chunk.size();
  }
  is_written = is_written && std::fflush(file) == 0;
  const Status failed = is_written ? absl::OkStatus() : FileFailed(is_stdout ? "stdout" : partial);
  if (!is_written) call.TryCancel();
  const Status status = rpc::FromGrpc(reader->Finish());
  opened.reset();
  HQ_RETURN_IF_ERROR(failed);
  HQ_RETURN_IF_ERROR(status);
  if (!is_stdout && std::rename(partial.c_str(), invocation.file.c_str()) != 0)
    return FileFailed(invocation.file);
  return absl::OkStatus();
}

}  // namespace hq::cli
