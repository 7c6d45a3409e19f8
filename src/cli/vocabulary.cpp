#include "cli/vocabulary.hpp"

#include "noise/noise.hpp"
#include "schedule/schedule.hpp"

namespace isotherm::cli {

const std::vector<Word>& noise_laws() {
  static const std::vector<Word> words = [] {
    std::vector<Word> all;
    for (const noise::Law& law : noise::registry())
      all.push_back({law.parameter.empty() ? law.name : law.name + ":" + law.parameter, law.formula});
    return all;
  }();
  return words;
}

const std::vector<Word>& schedules() {
  static const std::vector<Word> words = [] {
    std::vector<Word> all;
    for (const schedule::Kind& kind : schedule::registry()) all.push_back({kind.usage, kind.formula + ". " + kind.source});
    return all;
  }();
  return words;
}

const std::vector<Word>& predictions() {
  static const std::vector<Word> words = {
      {"gibbs", "exp(-L/T)/Z with T = 2 alpha T_eff, alpha as given by --alpha, T_eff as `list dynamics` says"},
      {"gibbs-fitted", "the same with alpha estimated from the run by maximum likelihood"}};
  return words;
}

const std::vector<Word>& formats() {
  static const std::vector<Word> words = {
      {"json",
       "histograms.json: every histogram in the Unified Histogram Interface's schema (uhi, hist, boost-histogram)"},
      {"csv", "histogram-NAME.csv: edges, counts, and expected count and pull for each prediction"}};
  return words;
}

std::vector<std::string> names(const std::vector<Word>& words) {
  std::vector<std::string> result;
  for (const Word& word : words) result.push_back(word.name);
  return result;
}

}  // namespace isotherm::cli
