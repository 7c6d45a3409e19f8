#pragma once
// The settings of a sweep: every combination of the levels of its factors.

#include <cstdint>
#include <string>
#include <vector>

namespace isotherm::batch {

/// A value of an option, as the texts that an experiment file would give.
struct Assignment {
  std::string name;  ///< of an option, "eta"; or of a constant in the loss, "set.h"
  std::vector<std::string> texts;
  std::string where;  ///< "FILE:LINE:COLUMN: NAME", for errors
};

/// What one level of a factor assigns: one option, or several that change together.
using Level = std::vector<Assignment>;

struct Grid {
  std::vector<std::vector<Level>> factors;  ///< each with one level or more; the first varies slowest

  /// The number of settings, 1 without factors; `most` + 1 where there are more than `most`.
  std::uint64_t settings(std::uint64_t most) const;
  /// Setting `index`: what it assigns, factor by factor.
  std::vector<const Assignment*> setting(std::uint64_t index) const;
};

}  // namespace isotherm::batch
