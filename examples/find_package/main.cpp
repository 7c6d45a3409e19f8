// temperature_of_a_loss LOSS ETA: alpha of SGD, and whether its stationary density is Gibbs'.
#include <cstdlib>
#include <iostream>
#include <isotherm/isotherm.hpp>

int main(int count, char** words) try {
  isotherm::Experiment experiment;
  experiment.loss = count > 1 ? words[1] : "x^4/4 - x^2/2 + 0.05*x";
  experiment.eta = {count > 2 ? std::atof(words[2]) : 0.05};
  experiment.particles = 100'000;
  const isotherm::Outcome outcome = isotherm::measure_temperature(experiment);
  if (const auto& alpha = outcome.alpha.maximum_likelihood)
    std::cout << "alpha = " << alpha->value << " +- " << alpha->standard_error << '\n';
  std::cout << "Gibbs' density is " << outcome.verdict.at("gibbs") << '\n' << outcome.statement << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
