#pragma once
// Estimates with their errors, one below the other.

#include <optional>
#include <string>
#include <vector>

#include "report/panel.hpp"

namespace isotherm::report {

struct Row {
  std::string name;
  double value = 0, error = 0;     ///< one standard error
  std::optional<double> expected;  ///< drawn as an open diamond
};

/// Points with bars of one and of two standard errors, and a line at a reference value.
Figure estimates_figure(const std::string& name, const std::string& title, const std::string& label,
                        const std::vector<Row>& rows, std::optional<double> reference,
                        const std::string& reference_text, const std::string& expected_text);

enum class Mark { good, bad, open };

/// A distance beside the one that sampling noise alone would give.
struct Distance {
  std::string observable, prediction;
  double value = 0, floor = 0;
  Mark mark = Mark::open;
};

/// On a logarithmic scale; those within their floor lie in the shaded part.
Figure distances_figure(const std::vector<Distance>& distances);

}  // namespace isotherm::report
