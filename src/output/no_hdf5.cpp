// Stands in for hdf5.cpp in builds without the library.

#include "isotherm/core/error.hpp"
#include "output/array_file.hpp"
#include "output/histogram_files.hpp"

namespace isotherm::output {

bool has_hdf5() { return false; }

std::string uhi_hdf5(const std::vector<const Histogram*>&, const std::vector<theory::Prediction>&) {
  throw RunError("this build has no HDF5");
}

void copy_to_hdf5(const std::filesystem::path&, const std::filesystem::path&, const std::string&, Precision,
                  const std::vector<ArrayAxis>&) {
  throw RunError("this build has no HDF5");
}

}  // namespace isotherm::output
