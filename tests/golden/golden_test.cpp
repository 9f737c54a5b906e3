// Every event ever released, and the Record, as bytes: they must parse and mean the same for ever.
// A new event is added with HQ_GOLDEN_ADD=1 in the environment; nothing that stands is ever written
// again.
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "common/events/event_name.hpp"
#include "hq/ledger/v1/record.pb.h"

namespace hq {
namespace {

namespace fs = std::filesystem;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const fs::path kFolder = fs::path(HQ_SOURCE_DIR) / "tests/golden/v1";

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Fill(Message& message, int depth);

// A value that is not the default and depends on the field alone.
void FillOne(Message& message, const FieldDescriptor& field, int depth) {
  const auto& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  const auto number = field.number() + 1;
  const std::string text = field.name() + "-" + std::to_string(field.number());
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      many ? reflection.AddString(&message, &field, text)
           : reflection.SetString(&message, &field, text);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      many ? reflection.AddInt64(&message, &field, number)
           : reflection.SetInt64(&message, &field, number);
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      many ? reflection.AddUInt64(&message, &field, static_cast<std::uint64_t>(number))
           : reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(number));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      many ? reflection.AddUInt32(&message, &field, static_cast<std::uint32_t>(number))
           : reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(number));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      many ? reflection.AddBool(&message, &field, true)
           : reflection.SetBool(&message, &field, true);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      many ? reflection.AddEnumValue(&message, &field, 1)
           : reflection.SetEnumValue(&message, &field, 1);
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Fill(many ? *reflection.AddMessage(&message, &field)
                : *reflection.MutableMessage(&message, &field),
           depth + 1);
      break;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      FAIL() << field.full_name() << ": events have no fields of this type";
  }
}

void Fill(Message& message, int depth) {
  ASSERT_LT(depth, 5) << "events are not that deep";
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    ASSERT_FALSE(type.field(i)->is_map()) << type.field(i)->full_name() << ": no maps in events";
    FillOne(message, *type.field(i), depth);
  }
}

void Compare(const std::string& name, const Message& sample) {
  const fs::path bytes_file = kFolder / (name + ".bin");
  const fs::path text_file = kFolder / (name + ".textproto");
  std::string text;
  ASSERT_TRUE(google::protobuf::TextFormat::PrintToString(sample, &text));
  if (!fs::exists(bytes_file)) {
    ASSERT_NE(std::getenv("HQ_GOLDEN_ADD"), nullptr)
        << name << " has no golden bytes: run this test once with HQ_GOLDEN_ADD=1";
    std::ofstream(bytes_file, std::ios::binary) << sample.SerializeAsString();
    std::ofstream(text_file) << text;
  }
  const std::string bytes = ReadFile(bytes_file);
  const std::unique_ptr<Message> parsed(sample.New());
  ASSERT_TRUE(parsed->ParseFromString(bytes)) << name;
  EXPECT_EQ(parsed->SerializeAsString(), bytes) << name << ": the bytes mean something else now";
  const std::unique_ptr<Message> expected(sample.New());
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(ReadFile(text_file), expected.get()));
  EXPECT_EQ(expected->SerializeAsString(), bytes)
      << name << ": a field has another name or meaning";
  EXPECT_TRUE(parsed->GetReflection()->GetUnknownFields(*parsed).empty()) << name;
}

TEST(Golden, EveryEventStillParses) {
  ASSERT_FALSE(EventTypes().empty());
  for (const auto& [name, type] : EventTypes()) {
    const Message* prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type.aggregate);
    const std::unique_ptr<Message> event(prototype->New());
    FillOne(*event, *type.aggregate->FindFieldByName(name), 0);
    EXPECT_EQ(EventNameOf(*event), name);
    Compare(name, *event);
  }
}

TEST(Golden, NoEventWasTakenAway) {
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".bin" || entry.path().stem() == "record") continue;
    EXPECT_TRUE(EventTypes().contains(entry.path().stem().string())) << entry.path();
  }
}

TEST(Golden, TheRecordStillParses) {
  ledger::v1::Record record;
  const Descriptor& type = *record.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i)
    if (type.field(i)->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      FillOne(record, *type.field(i), 0);
  Compare("record", record);
}

}  // namespace
}  // namespace hq
