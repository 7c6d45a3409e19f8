#pragma once
// Histograms as files: the Unified Histogram Interface as JSON, zip and HDF5; CSV.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "isotherm/experiment/measurement.hpp"
#include "theory/prediction.hpp"

namespace isotherm::output {

/// All histograms of a run: those over all samples, then each snapshot's.
std::vector<const Histogram*> all_histograms(const Measurement& measurement);

/// A histogram as the Unified Histogram Interface has it (https://uhi.readthedocs.io, schema 1): regular axes with flow
/// bins (a periodic axis has no underflow and one empty overflow bin), counts summed over groups.
struct UhiArrays {
  std::vector<std::uint64_t> shape;   ///< slots of each axis
  std::vector<std::uint64_t> values;  ///< counts in C order
  std::vector<double> variances;      ///< likewise; empty where batch_variances (expected.hpp) has none
  /// Of the storage: "weighted" has variances, "int" leaves them to Poisson.
  const char* type() const { return variances.empty() ? "int" : "weighted"; }
};
UhiArrays uhi_arrays(const Histogram& histogram);

/// The slots of Histogram::counts that UHI knows, in its order.
std::vector<std::size_t> uhi_slots(const std::vector<Axis>& axes);

/// Everything that UHI says of a histogram but the arrays of its storage.
nlohmann::ordered_json uhi_frame(const Histogram& histogram, const UhiArrays& arrays);

/// As JSON, with nested arrays and the number of non-finite entries in the metadata.
nlohmann::ordered_json uhi_json(const Histogram& histogram);

/// {name: histogram, ...}, as uhi.io.json reads.
nlohmann::ordered_json uhi_json(const std::vector<const Histogram*>& histograms);

/// A zip archive of NAME.json and arrays, NAME_storage_values.npy, ..., as uhi.io.zip and numpy.load read.
std::string uhi_zip(const std::vector<const Histogram*>& histograms);

/// False where this build has no HDF5 library; then uhi_hdf5 must not be called.
bool has_hdf5();

/// An HDF5 file with a group for each histogram, as uhi.io.hdf5 reads. Beside what UHI says, each has a group `bins`
/// for xarray and netCDF: `count` and `variance` (hard links to the storage), the expected count of each prediction by
/// its name, and a dimension scale for each axis, the middles of its bins (-inf and inf of the flow bins).
std::string uhi_hdf5(const std::vector<const Histogram*>& histograms,
                     const std::vector<theory::Prediction>& predictions);

/// One line for each slot: edges of each axis (-inf and inf beyond them; no flow rows for a periodic axis), count, and
/// for each prediction on these axes the expected count and the pull, (count - expected) / its standard error. That is
/// multinomial for a single snapshot and by batch means over groups of particles otherwise; where neither gives one,
/// the field is empty. The last line, with edges nan, counts the non-finite entries.
std::string csv(const Histogram& histogram, const std::vector<theory::Prediction>& predictions);

/// A file name for each histogram, different from each other: "histogram-x.csv", "histogram-x_y@last.csv".
std::vector<std::string> csv_names(const std::vector<const Histogram*>& histograms);

}  // namespace isotherm::output
