#include "services/ledger/core/cosigned_notes.hpp"

#include <nlohmann/json.hpp>

// Persisted: {"notes": [a signed note, …]}

namespace hq::ledger {

std::optional<std::vector<std::string>> ParseCosignedNotes(std::string_view text) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const auto notes = document.is_object() ? document.find("notes") : document.end();
  if (notes == document.end() || !notes->is_array()) return std::nullopt;
  std::vector<std::string> parsed;
  for (const auto& note : *notes) {
    if (!note.is_string()) return std::nullopt;
    parsed.push_back(note.get<std::string>());
  }
  return parsed;
}

std::string FormatCosignedNotes(const std::vector<std::string>& notes) {
  return nlohmann::json{{"notes", notes}}.dump(1) + "\n";
}

}  // namespace hq::ledger
