#pragma once
// A measured density as bars of characters, with a predicted one as a line.

#include <string>

#include "experiment/result.hpp"
#include "output/terminal.hpp"

namespace isotherm::output {

/// The first histogram of one coordinate, at most 100 columns and never wider than the terminal. The line is the
/// simplest prediction that is consistent with the run, and Gibbs' where none is; the legend says which. Blocks of
/// eighths where the terminal has Unicode, ASCII otherwise. "" where there is no histogram of one axis with entries.
std::string density_drawing(const Result& result, const Terminal& terminal);

}  // namespace isotherm::output
