#include "services/ledger/adapters/archive/s3_listing.hpp"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "services/ledger/adapters/archive/archive_fault.hpp"

namespace hq::ledger {
namespace {

namespace tree = boost::property_tree;

// Empty if it is no XML.
tree::ptree Parse(std::string_view xml) {
  tree::ptree document;
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
