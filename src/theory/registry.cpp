#include <array>

#include "theory/predictor.hpp"

namespace isotherm::theory {

// One line here and one file beside this make a prediction.
Predictor exact_chain();
Predictor lyapunov();
Predictor ornstein_uhlenbeck();
Predictor modified();
Predictor ito();
Predictor fokker_planck();

std::span<const Predictor> predictors() {
  // clang-format off
  static const std::array all = {
      exact_chain(),
      lyapunov(),
      ornstein_uhlenbeck(),
      modified(),
      ito(),
      fokker_planck(),
  };
  // clang-format on
  return all;
}

}  // namespace isotherm::theory
