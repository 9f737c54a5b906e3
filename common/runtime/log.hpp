// The process log: one JSON object a line on stderr, an event name and ids, no prose. Written at
// process start and stop, and by what runs without a caller to answer: runners, reactors,
// witnesses, the adapters' own threads. Never a secret.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace hq::log {

using Field = std::pair<std::string_view, std::string>;

// Names the service in every line. Call once, at the start of main().
void Start(std::string_view service);

void Info(std::string_view event, std::initializer_list<Field> fields = {});
void Warn(std::string_view event, std::initializer_list<Field> fields = {});
void Error(std::string_view event, std::initializer_list<Field> fields = {});

}  // namespace hq::log
