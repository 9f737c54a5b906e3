#include "tests/demo/command.hpp"

#include "common/base/ids.hpp"
#include "deploy/local/house/files.hpp"

namespace hq::demo {

Result<CommandOutcome> RunCommand(const std::vector<std::string>& command,
                                  const runtime::Environment& environment,
                                  const std::filesystem::path& folder,
                                  std::chrono::milliseconds timeout) {
  const std::string name = NewId();
  const auto output = folder / (name + ".out");
  const auto errors = folder / (name + ".err");
  HQ_ASSIGN_OR_RETURN(auto child, runtime::Child::Spawn(command, environment, output, errors));
  const auto code = child.WaitFor(timeout);
  CommandOutcome outcome;
  outcome.output = house::ReadFile(output).value_or("");
  outcome.errors = house::ReadFile(errors).value_or("");
  std::error_code ignored;
  std::filesystem::remove(output, ignored);
  std::filesystem::remove(errors, ignored);
  HQ_RETURN_IF_ERROR(Annotate(code.status(), command.front() + " " + outcome.errors));
  outcome.exit_code = *code;
  return outcome;
}

}  // namespace hq::demo
