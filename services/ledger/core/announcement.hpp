// How a record is announced on NATS: subject, headers (CloudEvents binary mode), and the record's
// own bytes as payload.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {

struct Announcement {
  std::string subject;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;
};

// The message's own id on NATS, which is never another record's: epoch and position.
std::string MessageIdOf(const v1::Record& record);

// `bytes` are the record's stored bytes.
Announcement AnnouncementOf(const v1::Record& record, const std::string& bytes);

// How CloudEvents writes an attribute's value into a header: space, '"', '%' and all that is not
// printable ASCII as %XX.
std::string HeaderValue(std::string_view text);

}  // namespace hq::ledger
