// The local links of an HTML page: what its href and src attributes point to within the same site.
#pragma once

#include <string>
#include <vector>

namespace hq::forge::site {

// The file paths (no leading slash, "a/b.html") that `html`, itself at `page_path`, links to. A
// folder is "folder/". Links to other sites, other schemes and places within the page are left out;
// comments and scripts are not looked into.
std::vector<std::string> LocalLinks(const std::string& html, const std::string& page_path);

}  // namespace hq::forge::site
