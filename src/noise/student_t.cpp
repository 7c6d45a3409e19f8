#include <cmath>
#include <numbers>

#include "noise/noise.hpp"

namespace isotherm::noise {

/// Student's t with nu > 0 degrees of freedom, scaled to variance 1 where it has a variance (nu > 2). Bailey's form of
/// Box and Muller's transform (Math. Comp. 62 (1994) 779): with u and v uniform on (-1, 1),
///     t = sqrt(nu (|u|^(-2/nu) - 1)) cos(pi v),    z = t sqrt((nu - 2) / nu)
/// Nothing is rejected. |u|^(-2/nu) - 1 is expm1(-2 log|u| / nu), which keeps its digits where |u| is next to 1 or nu
/// is large; as nu grows it becomes the normal law's -2 log|u| / nu.
///
/// |u| is an odd multiple of s = 2^-32 in float (2^-53 in double), which cuts the tails at |z| = sqrt((nu - 2)
/// (s^(-2/nu) - 1)), and loses the share (nu - 2) (2^(2/nu) - 1) |zeta(2/nu)| (2 s)^(1 - 2/nu) / 2 of the variance:
///     nu                           2.5         3        5       10       30
///     float:  largest |z|         5000      1600      146       26       10
///             share lost          0.01      6e-4     1e-6     1e-8    7e-10
///     double: largest |z|    1 700 000   208 000     2700      111       17
///             share lost          6e-4      4e-6    2e-10    1e-13    9e-16
/// Next to nu = 2 the variance is that of the cut tails: of nu = 2.1 float loses 34 %, double 17 %. The largest values
/// overflow for nu <= 0.5 in float, nu < 0.11 in double; such particles are counted as non-finite.
Law student_t() {
  Law law;
  law.name = "student-t";
  law.parameter = "NU";
  law.example = "student-t:5";
  law.formula = "Student's t with NU degrees of freedom, scaled to variance 1 if NU > 2";
  law.raw = random::Law::uniform;
  law.raw_per_number = 2;
  law.build = [](loss::Graph& graph, std::span<const loss::NodeId> raw, loss::NodeId nu) {
    const loss::NodeId two = graph.literal(2);
    const loss::NodeId log = graph.unary(loss::Operation::log, graph.abs(raw[0]));
    const loss::NodeId excess = graph.unary(loss::Operation::expm1, graph.mul(graph.div(graph.literal(-2), nu), log));
    const loss::NodeId scale = graph.less_select(two, nu, graph.sub(nu, two), nu);
    const loss::NodeId angle = graph.mul(graph.literal(std::numbers::pi), raw[1]);
    return graph.mul(graph.unary(loss::Operation::sqrt, graph.mul(scale, excess)),
                     graph.unary(loss::Operation::cos, angle));
  };
  law.check = [](double nu) {
    return nu > 0 && nu <= 1e18 ? "" : "the degrees of freedom must be above 0 and at most 1e18";
  };
  law.has_variance = [](double nu) { return nu > 2; };
  law.skewness = [](double nu) { return nu > 3 ? std::optional(0.0) : std::nullopt; };
  law.excess_kurtosis = [](double nu) { return nu > 4 ? std::optional(6 / (nu - 4)) : std::nullopt; };
  return law;
}

}  // namespace isotherm::noise
