#include "services/notify/adapters/outage_spool.hpp"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/runtime/fault.hpp"
#include "common/runtime/log.hpp"

namespace hq::notify {
namespace {

using nlohmann::json;

Status Refused(const std::string& what, const std::string& path) {
  return absl::UnavailableError("cannot " + what + " " + path + ": " + std::strerror(errno));
}

json ToJson(const SpooledEvent& spooled) {
  std::string event;
  const auto status = google::protobuf::util::MessageToJsonString(spooled.event, &event);
  json entry = {{"delivery", spooled.delivery_id},
                {"at_us", spooled.at_us},
                {"outage_us", spooled.outage_us},
                {"event", status.ok() ? json::parse(event, nullptr, false) : json()}};
  if (!spooled.url_reference.empty()) entry["url_reference"] = spooled.url_reference;
  return entry;
}

bool FromJson(const json& entry, SpooledEvent& spooled) {
  const auto is_text = [&](const char* name) {
    return entry.contains(name) && entry[name].is_string();
  };
  const auto is_number = [&](const char* name) {
    return entry.contains(name) && entry[name].is_number_integer();
  };
  if (!entry.is_object() || !is_text("delivery") || !is_number("at_us") ||
      !is_number("outage_us") || !entry.contains("event"))
    return false;
  spooled.delivery_id = entry["delivery"].get<std::string>();
  spooled.at_us = entry["at_us"].get<std::int64_t>();
  spooled.outage_us = entry["outage_us"].get<std::int64_t>();
  if (is_text("url_reference")) spooled.url_reference = entry["url_reference"].get<std::string>();
  return google::protobuf::util::JsonStringToMessage(entry["event"].dump(), &spooled.event).ok();
}

std::string LineOf(const std::vector<SpooledEvent>& events) {
  json line = json::array();
  for (const auto& event : events) line.push_back(ToJson(event));
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

// All of a line's events, or nothing.
std::optional<std::vector<SpooledEvent>> EventsOf(const std::string& line) {
  const json entries = json::parse(line, nullptr, false);
  if (!entries.is_array()) return std::nullopt;
  std::vector<SpooledEvent> events;
  for (const auto& entry : entries)
    if (!FromJson(entry, events.emplace_back())) return std::nullopt;
  return events;
}

// What was renamed or made in it is there after a power failure too.
Status SyncDirectory(const std::string& directory) {
  const int folder = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = folder >= 0 && fsync(folder) == 0;
  const Status status = is_synced ? absl::OkStatus() : Refused("sync", directory);
  if (folder >= 0) close(folder);
  return status;
}

Status WriteSynced(int file, const std::string& text, const std::string& path) {
  std::size_t written = 0;
  while (written < text.size()) {
    const auto count = write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Refused("write", path);
    written += static_cast<std::size_t>(count);
  }
  return fdatasync(file) == 0 ? absl::OkStatus() : Refused("sync", path);
}

}  // namespace

Result<OutageSpool> OutageSpool::Open(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::UnavailableError("cannot make " + directory + ": " + error.message());
  OutageSpool spool(directory);
  HQ_RETURN_IF_ERROR(spool.OpenFile());
  HQ_RETURN_IF_ERROR(spool.Load());
  return spool;
}

OutageSpool::OutageSpool(OutageSpool&& other) noexcept
    : directory_(std::move(other.directory_)),
      file_(std::exchange(other.file_, -1)),
      events_(std::move(other.events_)) {}

OutageSpool::~OutageSpool() {
  if (file_ >= 0) close(file_);
}

Status OutageSpool::OpenFile() {
  if (file_ >= 0) close(file_);
  file_ = open(Path().c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) return Refused("open", Path());
  return SyncDirectory(directory_);
}

Status OutageSpool::Load() {
  std::ifstream input(Path(), std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(input), {}};
  std::size_t begin = 0;
  for (std::size_t end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    auto events = EventsOf(content.substr(begin, end - begin));
    if (!events) {
      log::Error("spool_line_unreadable", {{"offset", std::to_string(begin)}});
      continue;
    }
    std::move(events->begin(), events->end(), std::back_inserter(events_));
  }
  const bool is_torn = begin < content.size();
  if (is_torn && ftruncate(file_, static_cast<off_t>(begin)) != 0) return Refused("cut", Path());
  return absl::OkStatus();
}

Status OutageSpool::Append(const std::vector<SpooledEvent>& events) {
  events_.insert(events_.end(), events.begin(), events.end());
  const off_t size = lseek(file_, 0, SEEK_END);
  fault::Point("notify.spool.before");
  const Status written = WriteSynced(file_, LineOf(events), Path());
  fault::Point("notify.spool.after");
  // Half a line would spoil the next one.
  if (!written.ok() && ftruncate(file_, size) != 0) return Refused("cut", Path());
  return written;
}

Status OutageSpool::Replace(std::vector<SpooledEvent> events) {
  const std::string path = Path() + ".new";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Refused("open", path);
  const Status written = WriteSynced(file, events.empty() ? "" : LineOf(events), path);
  close(file);
  HQ_RETURN_IF_ERROR(written);
  if (rename(path.c_str(), Path().c_str()) != 0) return Refused("rename", path);
  events_ = std::move(events);
  return OpenFile();
}

}  // namespace hq::notify
