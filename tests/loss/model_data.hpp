#pragma once
// Examples that any model can be tried on, as experiments name them and as losses see them.

#include <map>
#include <string>

#include "isotherm/experiment/experiment.hpp"
#include "loss/model.hpp"

namespace isotherm::test {

/// Two features and a target of the kind that the model takes, in tests/data/tables.
inline std::string data_of(const loss::Model& model) {
  const std::map<loss::Target, std::string> files = {
      {loss::Target::number, "linear.csv"}, {loss::Target::sign, "binary.csv"}, {loss::Target::category, "kinds.csv"}};
  return std::string(ISOTHERM_TEST_DATA) + "/tables/" + files.at(model.target);
}

inline Experiment experiment_of(const loss::Model& model) {
  Experiment experiment;
  experiment.loss = model.name;
  experiment.data = data_of(model);
  return experiment;
}

}  // namespace isotherm::test
