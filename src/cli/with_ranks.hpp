#pragma once
// A command that several processes do together.

#include <functional>

#include "ranks/ranks.hpp"

namespace isotherm::cli {

/// Work by this process as one of those that a launcher started, or alone: its exit status. Of several ranks the first
/// one that fails says why, and ends all; alone it throws.
int with_ranks(const std::function<int(Ranks&)>& work);

}  // namespace isotherm::cli
