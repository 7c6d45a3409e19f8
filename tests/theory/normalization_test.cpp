// Where exp(-L/T) cannot be normalized, or we cannot integrate it, one line says why.

#include "isotherm/core/error.hpp"
#include "theory/support.hpp"

namespace isotherm::theory {
namespace {

struct Refusal {
  const char* loss;
  double temperature;
  const char* reason;  // a part of it
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithReason) {
  loss::Problem p = problem(GetParam().loss);
  const GibbsFamily family(p);
  const std::string reason = family.not_applicable(GetParam().temperature);
  EXPECT_NE(reason.find(GetParam().reason), std::string::npos) << GetParam().loss << ": '" << reason << "'";
  EXPECT_EQ(reason.find('\n'), std::string::npos);
  EXPECT_EQ(family.predict(GetParam().temperature, {}).not_applicable, reason);
  EXPECT_THROW(family.loss_moments(GetParam().temperature), InputError);
  EXPECT_THROW(family.coordinate_range(GetParam().temperature, 0, 0.01), InputError);
}

INSTANTIATE_TEST_SUITE_P(
    Losses, Refused,
    testing::Values(
        Refusal{"0*x", 1, "does not depend on x"}, Refusal{"x^2+0*y", 1, "does not depend on y"},
        Refusal{"x", 1, "not positive definite"}, Refusal{"-x^2", 1, "curvature -2"},
        Refusal{"x*y", 1, "not positive definite"}, Refusal{"(x-3*y)^2", 1, "not positive definite"},
        Refusal{"x^4+y", 1, "not positive definite"}, Refusal{"cos(x)", 1, "does not grow"},
        Refusal{"1-exp(-x^2)", 1, "does not grow"}, Refusal{"tanh(x)", 1, "does not grow as x -> -infinity"},
        Refusal{"exp(x)", 1, "does not grow as x -> -infinity"}, Refusal{"x^3", 1, "does not grow as x -> -infinity"},
        Refusal{"x^2-x^4", 1, "as x -> -infinity"}, Refusal{"x^6-x^8", 1, "no lower bound as x -> "},
        Refusal{"1/x", 1, "does not grow"}, Refusal{"x^2+1/x", 1, "no lower bound near x = "},
        Refusal{"log(x)", 1, "no lower bound near x = 0"}, Refusal{"x^2+log(abs(x))", 0.5, "no lower bound near x = 0"},
        Refusal{"x^2-1/(x-1/3)^2", 1, "no lower bound near x = 0.333"},
        Refusal{"x^2+log(abs(x-1/3))", 0.5, "no lower bound near x = 0.333"},
        Refusal{"log(1+x^2)", 2.1, "grows too slowly"}, Refusal{"log(1+x^2)", 1.95, "falls off too slowly"},
        Refusal{"-log(exp(-x^2)+exp(-(x-3)^2))", 20, "overflows beyond"}, Refusal{"x^2+cos(y)", 1, "y -> "},
        Refusal{"(x*y)^2", 0.3, "over (x, y)"}, Refusal{"(x^2-y)^2", 0.3, "over (x, y)"},
        Refusal{"x^2+y^2-x^2*y^2/100", 0.3, "over (x, y)"}, Refusal{"log(1+x^2+y^2)", 2, "over (x, y)"},
        Refusal{"x^3+y^3+x*y", 1, "over (x, y)"}, Refusal{"x*y*z+x^4+y^4+z^4", 1, "couples 3 coordinates (x, y, z)"}));

// Their neighbours that can be normalized are not refused.
TEST(Accepted, Neighbours) {
  const std::pair<const char*, double> cases[] = {{"log(1+x^2)", 1.4},
                                                  {"x^2+1/x^2", 1},
                                                  {"x^2-0.5*log(abs(x))", 1},
                                                  {"x-log(x)", 1},
                                                  {"sin(x)+x^2/1000", 0.3},
                                                  {"x^4-x^2", 1},
                                                  {"-log(exp(-x^2)+exp(-(x-3)^2))", 1},
                                                  {"sqrt(abs(x))", 10},
                                                  {"x^4+y^4+x*y", 1},
                                                  {"(x-1e6)^2", 1e-6},
                                                  {"max(x^2-1,0)", 0.1},
                                                  {"x^2+(x-y)^2", 1},
                                                  {"log(1+x^2+y^2)", 0.2}};
  for (const auto& [loss, t] : cases) {
    loss::Problem p = problem(loss);
    EXPECT_EQ(GibbsFamily(p).not_applicable(t), "") << loss;
  }
}

}  // namespace
}  // namespace isotherm::theory
