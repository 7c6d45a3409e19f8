#pragma once
// Histograms as files: UHI JSON and CSV.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "isotherm/experiment/measurement.hpp"
#include "theory/prediction.hpp"

namespace isotherm::output {

/// All histograms of a run: those over all samples, then each snapshot's.
std::vector<const Histogram*> all_histograms(const Measurement& measurement);

/// One histogram in the Unified Histogram Interface's schema 1 (https://uhi.readthedocs.io): regular axes with flow
/// bins (a periodic axis has no underflow and one empty overflow bin), counts summed over groups as nested arrays in C
/// order, the number of non-finite entries in the metadata.
nlohmann::ordered_json uhi_json(const Histogram& histogram);

/// {name: histogram, ...}, as uhi.io.json reads.
nlohmann::ordered_json uhi_json(const std::vector<const Histogram*>& histograms);

/// One line for each slot: edges of each axis (-inf and inf beyond them; no flow rows for a periodic axis), count, and
/// for each prediction on these axes the expected count and the pull, (count - expected) / its standard error. That is
/// multinomial for a single snapshot and by batch means over groups of particles otherwise; where neither gives one,
/// the field is empty. The last line, with edges nan, counts the non-finite entries.
std::string csv(const Histogram& histogram, const std::vector<theory::Prediction>& predictions);

/// A file name for each histogram, different from each other: "histogram-x.csv", "histogram-x_y@last.csv".
std::vector<std::string> csv_names(const std::vector<const Histogram*>& histograms);

}  // namespace isotherm::output
