#include "services/ledger/core/blob_names.hpp"

#include <google/protobuf/message.h>

#include <memory>

#include "common/events/event_name.hpp"

namespace hq::ledger {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kDigestBytes = 32;

void AddFrom(const Message& message, std::set<std::string>& sha256s);

void AddField(const Message& message, const FieldDescriptor& field,
              std::set<std::string>& sha256s) {
  const auto& reflection = *message.GetReflection();
  const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  for (int i = 0; i < count; ++i) {
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
      std::string bytes = field.is_repeated() ? reflection.GetRepeatedString(message, &field, i)
                                              : reflection.GetString(message, &field);
      if (bytes.size() == kDigestBytes) sha256s.insert(std::move(bytes));
    } else if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      AddFrom(field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, i)
                                  : reflection.GetMessage(message, &field),
              sha256s);
    }
  }
}

void AddFrom(const Message& message, std::set<std::string>& sha256s) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) AddField(message, *field, sha256s);
}

}  // namespace

void AddBlobCandidates(const v1::Record& record, std::set<std::string>& sha256s) {
  if (!record.has_data()) return;
  const auto type = EventTypes().find(record.event());
  if (type == EventTypes().end()) return;
  const std::unique_ptr<Message> event(google::protobuf::MessageFactory::generated_factory()
                                           ->GetPrototype(type->second.aggregate)
                                           ->New());
  if (record.data().UnpackTo(event.get())) AddFrom(*event, sha256s);
}

}  // namespace hq::ledger
