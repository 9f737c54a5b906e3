#include "services/ledger/core/index_fields.hpp"

namespace hq::ledger {

IndexFields FieldsOf(const v1::Record& record) {
  return {record.position(), record.version(), record.stream(),         record.branch(),
          record.event(),    record.actor(),   record.correlation_id(), record.causation_id()};
}

}  // namespace hq::ledger
