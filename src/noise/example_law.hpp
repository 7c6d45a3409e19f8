#pragma once
// Laws of examples that are drawn fresh: what --random asks for. A law is nodes on top of raw random numbers, as a
// noise law is, whose construction it takes; location and scale are settings.
//
//     NAME=normal:M,S        mean M, standard deviation S > 0; normal alone is normal:0,1
//     NAME=uniform:A,B       uniform on (A, B), A < B
//     NAME=rademacher        -1 or 1
//     NAME=laplace           Laplace's law, mean 0, variance 1
//     NAME=student-t:NU      Student's t, scaled to variance 1 if NU > 2
//     NAME,NAME,...=gaussian:M,M,...;C,C,...;...   jointly normal: the means, then the rows of the covariance

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "isotherm/random/law.hpp"
#include "loss/graph.hpp"
#include "noise/noise.hpp"

namespace isotherm::noise {

/// One --random: a name, or several that are jointly normal.
struct ExampleLaw {
  std::vector<std::string> names;
  std::string law;      ///< "normal", "gaussian", ...
  Choice standard;      ///< the noise law that each number is made of
  std::string setting;  ///< "--random[a]", in front of the names of its settings
  /// Of the names; infinite or undefined ones are nothing (student-t with NU <= 2 has no covariance).
  std::vector<double> mean;
  std::optional<std::vector<double>> covariance;  ///< row-major
  std::vector<double> factor;  ///< row-major, lower triangular: name i is mean[i] + sum_j factor[i, j] z[j]

  random::Law raw() const { return standard.law->raw; }
  /// Raw numbers of one example: `raw_per_number` for each z, one z after the other.
  std::size_t raw_numbers() const { return names.size() * standard.law->raw_per_number; }
  /// Excess kurtosis of each z; nothing where there is none.
  std::optional<double> excess_kurtosis() const { return standard.excess_kurtosis(); }

  /// Name and value of every setting that `build` reads.
  std::vector<std::pair<std::string, double>> settings() const;
  /// The value of each name, from `raw_numbers()` raw nodes.
  std::vector<loss::NodeId> build(loss::Graph& graph, std::span<const loss::NodeId> raw) const;
};

/// One text of --random. InputError that names the option: an unknown law (with the nearest), parameters that are
/// missing, too many, not numbers or out of range, a covariance that is not symmetric or not positive definite, a name
/// that no expression could use, or that stands twice.
ExampleLaw parse_example_law(const std::string& text);

/// All texts; InputError where two give the same name.
std::vector<ExampleLaw> parse_example_laws(std::span<const std::string> texts);

}  // namespace isotherm::noise
