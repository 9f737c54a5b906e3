#include "deploy/local/forge/rest/labels.hpp"

#include <algorithm>

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/issues.hpp"
#include "deploy/local/forge/rest/shapes.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

constexpr char kDefaultColor[] = "ededed";
constexpr std::size_t kNameBytesMax = 50;

json ShapesOf(const Call& call, const state::Issue& issue) {
  json shapes = json::array();
  for (const auto& name : issue.labels)
    shapes.push_back(LabelShape(call, call.repository().state().labels.at(name)));
  return shapes;
}

}  // namespace

Answer CreateLabel(Call& call) {
  state::Label label;
  HQ_ASSIGN_OR_RETURN(label.name, Text(call, "name"));
  HQ_ASSIGN_OR_RETURN(label.color, Text(call, "color", kDefaultColor));
  HQ_ASSIGN_OR_RETURN(label.description, Text(call, "description"));
  auto& state = call.repository().state();
  if (label.name.empty()) return InvalidField("Label", "name", "missing_field");
  if (label.name.size() > kNameBytesMax) return InvalidField("Label", "name", "invalid");
  if (state.labels.contains(label.name)) return InvalidField("Label", "name", "already_exists");
  label.id = ++state.last_id;
  state.labels[label.name] = label;
  HQ_RETURN_IF_ERROR(call.repository().Save());
  return Json(201, LabelShape(call, label));
}

Answer ListLabels(Call& call) {
  json shapes = json::array();
  for (const auto& [name, label] : call.repository().state().labels)
    shapes.push_back(LabelShape(call, label));
  return Page(call, shapes);
}

Answer AddIssueLabels(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindIssue(call));
  const json& list = call.body.is_object() ? call.body.value("labels", json()) : call.body;
  HQ_ASSIGN_OR_RETURN(const auto names, LabelNames(list));
  EnsureLabels(call, names);
  for (const auto& name : names)
    if (std::find(issue->labels.begin(), issue->labels.end(), name) == issue->labels.end())
      issue->labels.push_back(name);
  issue->updated_at_ms = call.now_ms;
  HQ_RETURN_IF_ERROR(call.repository().Save());
  return Json(200, ShapesOf(call, *issue));
}

Answer ListIssueLabels(Call& call) {
  HQ_ASSIGN_OR_RETURN(const state::Issue* issue, FindIssue(call));
  return Page(call, ShapesOf(call, *issue));
}

Answer RemoveIssueLabel(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindIssue(call));
  const auto found = std::find(issue->labels.begin(), issue->labels.end(), call.Parameter("name"));
  if (found == issue->labels.end()) return Error(404, "Label does not exist");
  issue->labels.erase(found);
  issue->updated_at_ms = call.now_ms;
  HQ_RETURN_IF_ERROR(call.repository().Save());
  return Json(200, ShapesOf(call, *issue));
}

Result<std::vector<std::string>> LabelNames(const json& list) {
  constexpr std::size_t kLabelsMax = 100;
  const auto refused =
      absl::InvalidArgumentError("Invalid request.\n\n\"labels\" is not a list of label names.");
  if (!list.is_array() || list.size() > kLabelsMax) return refused;
  std::vector<std::string> names;
  for (const auto& item : list) {
    const json name = item.is_object() ? item.value("name", json()) : item;
    if (!name.is_string()) return refused;
    const std::string text = name.get<std::string>();
    if (text.empty() || text.size() > kNameBytesMax) return refused;
    if (std::find(names.begin(), names.end(), text) == names.end()) names.push_back(text);
  }
  return names;
}

void EnsureLabels(Call& call, const std::vector<std::string>& names) {
  auto& state = call.repository().state();
  for (const auto& name : names)
    if (!state.labels.contains(name))
      state.labels[name] = {++state.last_id, name, kDefaultColor, ""};
}

}  // namespace hq::forge::rest
