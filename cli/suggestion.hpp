// Finds the word that somebody who mistyped most likely meant.
#pragma once

#include <string>
#include <vector>

namespace hq::cli {

// The nearest of `known` to `word`; empty if none is near enough to be meant.
std::string NearestWord(const std::string& word, const std::vector<std::string>& known);

}  // namespace hq::cli
