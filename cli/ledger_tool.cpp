#include "cli/ledger_tool.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"

namespace hq::cli {
namespace {

// As a shell would have to be given it.
std::string Quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::optional<int> HandOverToLedger(int count, const char* const* arguments) {
  const bool is_asked_for =
      count > 2 && std::string_view(arguments[1]) == "ledger" &&
      (std::string_view(arguments[2]) == "repair" || std::string_view(arguments[2]) == "restore" ||
       std::string_view(arguments[2]) == "drill");
  if (!is_asked_for) return std::nullopt;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = self.parent_path() / "hq-ledger";
  std::vector<std::string> words = {"hq-ledger"};
  words.insert(words.end(), arguments + 2, arguments + count);
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  execv(program.c_str(), raw.data());
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + Quoted(word);
  std::fprintf(stderr, "hqctl: there is no hq-ledger beside hqctl\nNext: where it is, run: %s\n",
               command.c_str());
  return kFailure;
}

}  // namespace hq::cli
