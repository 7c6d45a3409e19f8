#pragma once
// The outcome of a run: everything that result.json says, before it is text.

#include <optional>
#include <string>
#include <vector>

#include "gradient_noise/gradient_noise.hpp"
#include "isotherm/experiment/experiment.hpp"
#include "isotherm/experiment/measurement.hpp"
#include "theory/prediction.hpp"
#include "verdict/verdict.hpp"

namespace isotherm {

struct Execution {
  std::string version, backend, device, simd;
  int threads = 1;
  int ranks = 1;
  std::string precision;  ///< "float" or "double"
  double wall_seconds = 0;
  std::uint64_t particle_steps = 0;
};

struct Result {
  Experiment experiment;  ///< with every default resolved: running it again gives the same bits
  Execution execution;
  Measurement measurement;
  std::vector<theory::Prediction> predictions;
  verdict::Verdict verdict;
  std::optional<gradient_noise::GradientNoise> gradient_noise;  ///< of examples
  verdict::Scales scales;
  std::vector<std::string> warnings;  ///< stability bound, unverified burn-in, ...
};

}  // namespace isotherm
