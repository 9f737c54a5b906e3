#include "services/ledger/adapters/archive/s3_listing.hpp"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "services/ledger/adapters/archive/archive_fault.hpp"

namespace hq::ledger {
namespace {

namespace tree = boost::property_tree;

// Where the tag that begins at `at` ends; a '>' in an attribute is none.
std::size_t EndOfTag(std::string_view xml, std::size_t at) {
  char quote = '\0';
  for (; at < xml.size(); ++at) {
    const char c = xml[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return std::string_view::npos;
}

// The parser recurses once a level: a deep answer would take the stack with it. What an S3 server
// answers has three or four levels, and neither comments nor declarations but the first line's.
bool IsShallow(std::string_view xml) {
  constexpr int kLevelsMax = 32;
  int level = 0;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
    const bool is_declaration = xml.substr(at).starts_with("<?xml");
    if (!is_declaration && (xml.substr(at).starts_with("<!") || xml.substr(at).starts_with("<?")))
      return false;
    const std::size_t end = EndOfTag(xml, at);
    if (end == std::string_view::npos) return false;
    const bool is_closing = xml[at + 1] == '/';
    const bool is_whole = is_declaration || xml[end - 1] == '/';
    if (!is_whole) level += is_closing ? -1 : 1;
    if (level > kLevelsMax) return false;
    at = end;
  }
  return true;
}

// Empty if it is no XML.
tree::ptree Parse(std::string_view xml) {
  tree::ptree document;
  if (!IsShallow(xml)) return document;
  try {
    std::istringstream stream{std::string(xml)};
    tree::read_xml(stream, document);
  } catch (const tree::xml_parser_error&) {
    return {};
  }
  return document;
}

}  // namespace

std::string S3ErrorCode(std::string_view xml) {
  constexpr std::size_t kCodeBytesMax = 100;
  return Parse(xml).get<std::string>("Error.Code", "").substr(0, kCodeBytesMax);
}

Result<S3Listing> ParseS3Listing(std::string_view xml) {
  const tree::ptree document = Parse(xml);
  const auto list = document.get_child_optional("ListBucketResult");
  if (!list) return ArchiveAway("its answer is no list");
  S3Listing listing;
  for (const auto& [tag, element] : *list)
    if (tag == "Contents") listing.names.push_back(element.get<std::string>("Key", ""));
  const bool has_more = list->get<std::string>("IsTruncated", "false") == "true";
  listing.next_token = list->get<std::string>("NextContinuationToken", "");
  if (has_more && listing.next_token.empty()) return ArchiveAway("its list breaks off");
  if (!has_more) listing.next_token.clear();
  return listing;
}

}  // namespace hq::ledger
