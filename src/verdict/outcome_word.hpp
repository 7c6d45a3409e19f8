#pragma once
// The verdict on a prediction as files and people read it.

#include <string>

#include "verdict/verdict.hpp"

namespace isotherm::verdict {

/// "consistent", "rejected" or "not applicable".
std::string word(Outcome outcome);

}  // namespace isotherm::verdict
