// What signed notes demand of their characters: nothing that could be read two ways.
#pragma once

namespace hq::ledger {

// Whether Unicode calls it white space.
bool IsSpace(char32_t character);

}  // namespace hq::ledger
