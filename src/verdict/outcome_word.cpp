#include "verdict/outcome_word.hpp"

namespace isotherm::verdict {

std::string word(Outcome outcome) {
  switch (outcome) {
    case Outcome::consistent:
      return "consistent";
    case Outcome::rejected:
      return "rejected";
    case Outcome::not_applicable:
      break;
  }
  return "not applicable";
}

}  // namespace isotherm::verdict
