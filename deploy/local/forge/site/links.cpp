#include "deploy/local/forge/site/links.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/str_replace.h>

#include <algorithm>

#include "deploy/local/http_server/url.hpp"

namespace hq::forge::site {
namespace {

constexpr char kSpace[] = " \t\r\n\f";

// Walks the tags of a page and collects the values of href and src.
class Scanner {
 public:
  explicit Scanner(const std::string& html) : html_(html) {}

  std::vector<std::string> Collect() {
    while ((at_ = html_.find('<', at_)) != std::string::npos) {
      if (html_.compare(at_, 4, "<!--") == 0) {
        SkipPast("-->");
      } else {
        ReadTag();
      }
    }
    return std::move(values_);
  }

 private:
  void ReadTag() {
    const auto name_end = std::min(html_.find_first_of(" \t\r\n\f/>", at_ + 1), html_.size());
    const std::string name = absl::AsciiStrToLower(html_.substr(at_ + 1, name_end - at_ - 1));
    at_ = name_end;
    while (at_ < html_.size() && html_[at_] != '>') ReadAttribute();
    // Their content is not markup.
    if (name == "script" || name == "style") SkipPast("</" + name);
  }

  void ReadAttribute() {
    at_ = std::min(html_.find_first_not_of(" \t\r\n\f/", at_), html_.size());
    const auto name_end = std::min(html_.find_first_of(" \t\r\n\f/>=", at_), html_.size());
    const std::string name = absl::AsciiStrToLower(html_.substr(at_, name_end - at_));
    at_ = std::min(html_.find_first_not_of(kSpace, name_end), html_.size());
    if (at_ >= html_.size() || html_[at_] != '=') return;
    at_ = std::min(html_.find_first_not_of(kSpace, at_ + 1), html_.size());
    const std::string value = ReadValue();
    if (name == "href" || name == "src")
      values_.push_back(absl::StrReplaceAll(value, {{"&amp;", "&"}}));
  }

  std::string ReadValue() {
    if (at_ >= html_.size()) return {};
    const char quote = html_[at_];
    const bool is_quoted = quote == '"' || quote == '\'';
    const auto begin = is_quoted ? at_ + 1 : at_;
    const auto end =
        std::min(is_quoted ? html_.find(quote, begin) : html_.find_first_of(" \t\r\n\f>", begin),
                 html_.size());
    at_ = is_quoted ? std::min(end + 1, html_.size()) : end;
    return html_.substr(begin, end - begin);
  }

  void SkipPast(const std::string& mark) {
    const auto found = html_.find(mark, at_);
    at_ = found == std::string::npos ? html_.size() : found + mark.size();
  }

  const std::string& html_;
  std::size_t at_ = 0;
  std::vector<std::string> values_;
};

// "mailto:x", "https://x", "//x": not a path within this site.
bool IsElsewhere(const std::string& link) {
  const auto colon = link.find(':');
  const auto slash = link.find_first_of("/?#");
  const bool has_scheme = colon != std::string::npos && colon < slash;
  return has_scheme || link.starts_with("//");
}

// Joins and removes "." and ".."; one ".." too many stays at the root, as in a browser.
std::string Normalize(const std::string& folder, const std::string& link) {
  const std::string whole = link.starts_with("/") ? link : folder + link;
  std::vector<std::string> parts;
  for (const auto& part : http_server::PathSegments(whole)) {
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
  }
  std::string path;
  for (const auto& part : parts) path += (path.empty() ? "" : "/") + part;
  const bool is_folder = whole.ends_with("/") || whole.ends_with("/.") || whole.ends_with("/..");
  return is_folder && !path.empty() ? path + "/" : path;
}

}  // namespace

std::vector<std::string> LocalLinks(const std::string& html, const std::string& page_path) {
  const auto slash = page_path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : page_path.substr(0, slash + 1);
  std::vector<std::string> paths;
  for (const auto& value : Scanner(html).Collect()) {
    std::string link(absl::StripAsciiWhitespace(value));
    if (IsElsewhere(link)) continue;
    link = link.substr(0, link.find_first_of("?#"));
    if (!link.empty()) paths.push_back(Normalize(folder, link));
  }
  return paths;
}

}  // namespace hq::forge::site
