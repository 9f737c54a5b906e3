#include "deploy/local/house/ports.hpp"

#include <charconv>
#include <optional>

#include "deploy/local/house/files.hpp"

namespace hq::house {
namespace {

int NumberIn(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Ports::Ports(std::filesystem::path directory) : directory_(std::move(directory)) {}

Result<int> Ports::Of(const std::string& name) {
  if (const auto it = ports_.find(name); it != ports_.end()) return it->second.number();
  const int before = NumberIn(ReadFile(directory_ / name).value_or(""));
  auto port = before == 0 ? std::nullopt : runtime::ReservedPort::Of(before);
  if (!port) {
    HQ_ASSIGN_OR_RETURN(port, runtime::ReservedPort::Any());
    HQ_RETURN_IF_ERROR(WriteFile(directory_ / name, std::to_string(port->number()) + "\n"));
  }
  return ports_.emplace(name, *std::move(port)).first->second.number();
}

}  // namespace hq::house
