#pragma once
// Reference values of tests/data/oracles.json: stationary averages of the discrete chains, each computed by two
// methods.

#include <string>

namespace isotherm::test {

/// Value `quantity` of record `id` ("T04"); throws if there is none.
double oracle(const std::string& id, const std::string& quantity);

}  // namespace isotherm::test
