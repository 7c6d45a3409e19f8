#pragma once
// report.html from the folder of a run or of a sweep.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "output/files.hpp"
#include "report/report.hpp"

namespace isotherm::cli {

struct ReportRequest {
  std::vector<std::string> folders;  ///< words beside the options: should be one
  bool png = false;                  ///< each figure also as PNG, by the first converter that is there
};

/// The page and its figures; returns the names of the figures.
nlohmann::ordered_json add_report(const report::Report& report, output::FileSet& files,
                                  const std::string& page = "report.html");

/// `isotherm report OUTPUT`. Returns the exit status; throws InputError and RunError.
int report_command(const ReportRequest& request);

}  // namespace isotherm::cli
