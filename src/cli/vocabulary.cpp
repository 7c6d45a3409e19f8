#include "cli/vocabulary.hpp"

#include "theory/predictor.hpp"

namespace isotherm::cli {

const std::vector<Word>& predictions() {
  static const std::vector<Word> words = [] {
    std::vector<Word> all = {
        {"gibbs", "exp(-L/T)/Z with T = 2 alpha T_eff, alpha as given by --alpha, T_eff as `list dynamics` says"},
        {"gibbs-fitted", "the same with alpha estimated from the run by maximum likelihood"}};
    for (const theory::Predictor& predictor : theory::predictors())
      all.push_back({predictor.name, predictor.description});
    return all;
  }();
  return words;
}

const std::vector<Word>& formats() {
  static const std::vector<Word> words = {
      {"json",
       "histograms.json: every histogram in the Unified Histogram Interface's schema (uhi, hist, boost-histogram)"},
      {"npz", "histograms.npz: the same with arrays in NumPy's format (numpy.load, uhi.io.zip)"},
      {"hdf5",
       "histograms.h5: the same as HDF5, with dimension scales and expected counts (h5py, xarray, uhi.io.hdf5)"},
      {"csv", "histogram-NAME.csv: edges, counts, and expected count and pull for each prediction"}};
  return words;
}

std::vector<std::string> names(const std::vector<Word>& words) {
  std::vector<std::string> result;
  for (const Word& word : words) result.push_back(word.name);
  return result;
}

}  // namespace isotherm::cli
