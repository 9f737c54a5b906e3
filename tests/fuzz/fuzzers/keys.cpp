// Keys of the index: two things never share a row, and no list's rows lie among another's.
#include "services/ledger/core/keys.hpp"

#include "common/base/check.hpp"
#include "services/ledger/core/limits.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"

namespace hq::fuzz {
namespace {

namespace keys = ledger::keys;

using KeyOfText = std::string (*)(std::string_view);
constexpr KeyOfText kLists[] = {keys::OfStream,   keys::OfBranch, keys::OfEvent,
                                keys::OfCategory, keys::OfActor,  keys::OfCorrelation,
                                keys::OfCause};

void CheckLists(const std::string& one, const std::string& other) {
  const bool are_texts =
      one.find('\0') == std::string::npos && other.find('\0') == std::string::npos;
  if (!are_texts) return;
  for (const KeyOfText first : kLists)
    for (const KeyOfText second : kLists) {
      const bool is_same = first == second && one == other;
      HQ_CHECK(first(one).starts_with(second(other)) == is_same, "a list's rows are its own");
    }
}

}  // namespace

bool Keys(std::string_view bytes) {
  Input input(bytes);
  const std::uint64_t a = input.Number();
  const std::uint64_t b = input.Number();
  HQ_CHECK((keys::Number(a) < keys::Number(b)) == (a < b), "keys sort as numbers");
  HQ_CHECK(
      keys::LastNumber(keys::OfIdRun("20260116", a)) == a && keys::LastNumber(keys::OfFork(a)) == a,
      "a number is read back");
  HQ_CHECK((keys::OfTile(1, a) == keys::OfTile(2, a)) == false, "a tile has a row of its own");
  const std::string one = input.Text(), other = input.Text(), third = input.Text(),
                    fourth = input.Text();
  CheckLists(one, other);
  const bool is_same_command = one == other && third == fourth;
  HQ_CHECK(
      (keys::OfCommand(one, third, "c") == keys::OfCommand(other, fourth, "c")) == is_same_command,
      "a command has a row of its own");
  HQ_CHECK(keys::OfCommand(one, third, other) != keys::OfCommand(one, third + "x", other),
           "an actor's commands are his own");
  static_cast<void>(keys::LastNumber(bytes));
  return true;
}

}  // namespace hq::fuzz
