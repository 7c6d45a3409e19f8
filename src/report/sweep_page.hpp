#pragma once
// report.html of a sweep: estimates against what was swept, and what became of each point.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/report.hpp"
#include "report/series.hpp"

namespace isotherm::report {

/// What a sweep's page shows, worked out by who knows statistics.
struct SweepContent {
  /// sweep.json. Not all rows have to be there: `points`, `done` and `failed` say how many there are.
  nlohmann::ordered_json sweep;
  std::string file;         ///< the experiment file of the sweep; "" where it is not known any more
  std::string description;  ///< what is drawn against what, markup
  std::string caution;      ///< plain: why errors of several points together are not quite right; "" where they are
  struct Figure {
    SeriesPlot plot;
    std::vector<std::string> notes;  ///< plain sentences about it: whether curves collapse, a limit
  };
  std::vector<Figure> figures;
};

/// nlohmann::json::exception or InputError where sweep.json is not what isotherm writes.
Report make_sweep_report(const SweepContent& content);

}  // namespace isotherm::report
