// From a command line to an exit code: parse, call, report.
#pragma once

namespace hq::cli {

// `arguments` as main() got them. The exit codes are those of exit_code.hpp.
int Run(int count, const char* const* arguments);

}  // namespace hq::cli
