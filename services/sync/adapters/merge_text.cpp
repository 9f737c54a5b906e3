#include "services/sync/adapters/merge_text.hpp"

#include "common/base/text.hpp"

namespace hq::sync {
namespace {

using GitDiff = GitOwned<git_diff, git_diff_free>;

constexpr std::size_t kSideBytesMax = std::size_t{32} << 10;
constexpr std::size_t kReportBytesMax = std::size_t{1} << 20;
constexpr std::size_t kDiffBytesMax = std::size_t{64} << 10;

Result<std::string> SideText(const GitObjects& objects, const std::string& name,
                             const std::optional<GitFile>& side) {
  constexpr std::size_t kReadBytesMax = std::size_t{64} << 20;
  const std::string title = "--- " + name;
  if (!side) return title + " (there is none)\n";
  if (side->mode == GIT_FILEMODE_COMMIT) return title + " (a submodule)\n";
  const auto content = objects.ReadBlob(side->blob, kReadBytesMax);
  if (absl::IsResourceExhausted(content.status())) return title + " (too large to be shown)\n";
  HQ_RETURN_IF_ERROR(content.status());
  if (content->find('\0') != std::string::npos)
    return title + " (binary, " + std::to_string(content->size()) + " bytes)\n";
  std::string text = title + "\n" + content->substr(0, kSideBytesMax);
  if (!text.ends_with('\n')) text += "\n";
  return content->size() > kSideBytesMax ? text + "(cut)\n" : text;
}

int TakeDiffLine(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line,
                 void* payload) {
  auto& text = *static_cast<std::string*>(payload);
  const bool has_sign = line->origin == GIT_DIFF_LINE_CONTEXT ||
                        line->origin == GIT_DIFF_LINE_ADDITION ||
                        line->origin == GIT_DIFF_LINE_DELETION;
  if (has_sign) text += line->origin;
  text.append(line->content, line->content_len);
  return text.size() > kDiffBytesMax ? GIT_EUSER : 0;
}

}  // namespace

Result<std::string> ConflictText(const GitObjects& objects,
                                 const std::vector<PathConflict>& conflicts) {
  std::string text;
  for (const auto& conflict : conflicts) {
    text += "=== " + conflict.path + ": " + conflict.why + "\n";
    HQ_ASSIGN_OR_RETURN(const auto base, SideText(objects, "before", conflict.base));
    HQ_ASSIGN_OR_RETURN(const auto ours, SideText(objects, "the cell", conflict.ours));
    HQ_ASSIGN_OR_RETURN(const auto theirs, SideText(objects, "HQ", conflict.theirs));
    text += base + ours + theirs;
    if (text.size() > kReportBytesMax) break;
  }
  return ValidUtf8(text, kReportBytesMax);
}

Result<TreeDifference> DifferenceOf(const GitObjects& objects, const git_tree* before,
                                    const git_tree* after) {
  git_diff* made = nullptr;
  HQ_RETURN_IF_ERROR(
      GitStatus(git_diff_tree_to_tree(&made, objects.raw(), const_cast<git_tree*>(before),
                                      const_cast<git_tree*>(after), nullptr),
                "diff"));
  const GitDiff diff(made);
  TreeDifference difference;
  difference.changed_paths = static_cast<std::uint32_t>(git_diff_num_deltas(diff.get()));
  const int printed =
      git_diff_print(diff.get(), GIT_DIFF_FORMAT_PATCH, TakeDiffLine, &difference.text);
  if (printed != GIT_EUSER) HQ_RETURN_IF_ERROR(GitStatus(printed, "diff"));
  difference.text = ValidUtf8(difference.text, kDiffBytesMax);
  return difference;
}

}  // namespace hq::sync
