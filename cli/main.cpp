// hqctl: headquarters on the command line.
#include "cli/run.hpp"

int main(int count, char** arguments) { return hq::cli::Run(count, arguments); }
