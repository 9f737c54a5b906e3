#include "tests/demo/headquarters.hpp"

#include <sstream>

#include "tests/demo/command.hpp"

namespace hq::demo {
namespace {

constexpr std::chrono::seconds kPatience(300);

std::string Typable(const Headquarters::Arguments& arguments) {
  std::string line = "hqctl";
  for (const std::string& argument : arguments) {
    const bool needs_quotes = argument.find_first_of(" '\"$") != std::string::npos;
    line += needs_quotes ? " '" + argument + "'" : " " + argument;
  }
  return line;
}

Status Failure(const Headquarters::Arguments& arguments, const Answer& answer) {
  return absl::InternalError(Typable(arguments) + " ended with exit code " +
                             std::to_string(answer.exit_code) + ": " + answer.errors);
}

}  // namespace

std::string Answer::reason() const {
  const auto error = nlohmann::json::parse(errors, nullptr, false);
  if (!error.is_object() || !error.contains("error")) return "";
  return error["error"].value("reason", "");
}

Result<Answer> Headquarters::Type(const std::string& who, const Arguments& arguments) {
  narrator_.Typed(who, Typable(arguments));
  return Run(who, arguments);
}

Result<nlohmann::json> Headquarters::Do(const std::string& who, const Arguments& arguments) {
  HQ_ASSIGN_OR_RETURN(const Answer answer, Type(who, arguments));
  if (answer.exit_code != 0) return Failure(arguments, answer);
  return answer.data();
}

Result<nlohmann::json> Headquarters::Look(const std::string& who, const Arguments& arguments) {
  HQ_ASSIGN_OR_RETURN(const Answer answer, Run(who, arguments));
  if (answer.exit_code != 0) return Failure(arguments, answer);
  return answer.data();
}

Result<std::vector<nlohmann::json>> Headquarters::LookAtAll(const std::string& who,
                                                            const Arguments& arguments) {
  HQ_ASSIGN_OR_RETURN(const Answer answer, Run(who, arguments));
  if (answer.exit_code != 0) return Failure(arguments, answer);
  return answer.lines;
}

Result<Answer> Headquarters::Run(const std::string& who, const Arguments& arguments) {
  runtime::Environment environment = house_.ClientEnvironment();
  environment["HQ_TOKEN_FILE"] = house_.TokenFileOf(who).string();
  std::vector<std::string> command = {(house_.bin() / "hqctl").string(), "--json"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  HQ_ASSIGN_OR_RETURN(const auto outcome,
                      RunCommand(command, environment, house_.directory(), kPatience));
  Answer answer;
  answer.exit_code = outcome.exit_code;
  answer.errors = outcome.errors;
  std::istringstream output(outcome.output);
  for (std::string line; std::getline(output, line);)
    answer.lines.push_back(nlohmann::json::parse(line, nullptr, false));
  return answer;
}

}  // namespace hq::demo
