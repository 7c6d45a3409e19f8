#pragma once
// report.html: what a run found, for people to look at.

#include <string>
#include <utility>
#include <vector>

#include "report/folder.hpp"

namespace isotherm::report {

struct Report {
  std::string html;  ///< one file that needs no other, no network and no script; well-formed as XML too
  std::vector<std::pair<std::string, std::string>> figures;  ///< file name and SVG, for papers: the wide ones, on white
};

/// The report of a run. The same folder gives the same bytes. nlohmann::json::exception or InputError where a file of
/// the folder is not what isotherm writes.
Report make_report(const Folder& folder);

}  // namespace isotherm::report
