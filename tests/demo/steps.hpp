// The six steps of the demo. Each plays on the stage that the one before left, and is OK only if
// everything that it says was seen from outside; its error names what was not.
#pragma once

#include "tests/demo/stage.hpp"

namespace hq::demo {

Status Step1(Stage& stage);  // A release goes canary, standard, rest.
Status Step2(Stage& stage);  // A cell's own edit wins.
Status Step3(Stage& stage);  // A bad release is halted, taken back and told.
Status Step4(Stage& stage);  // The kill switch.
Status Step5(Stage& stage);  // Usage, cost, and what tokens may not.
Status Step6(Stage& stage);  // Everything is killed in the middle of a rollout.

}  // namespace hq::demo
