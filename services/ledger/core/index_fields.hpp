// The fields by which a record can be found. Views into whatever holds the record's fields.
#pragma once

#include <string_view>

#include "common/events/event_log.hpp"

namespace hq::ledger {

struct IndexFields {
  Position position = 0;
  Version version = 0;
  std::string_view stream;
  std::string_view branch;
  std::string_view event;
  std::string_view actor;
  std::string_view correlation_id;  // Empty: not indexed.
  std::string_view causation_id;    // Empty: not indexed.
};

// The record outlives what is returned.
IndexFields FieldsOf(const v1::Record& record);

}  // namespace hq::ledger
