#include "experiment/start.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiment/words.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm {
namespace {

constexpr const char* examples = "for example point:0, normal:0,1 or uniform:-1,1";

/// Rounded to about a thousandth of the width of the start: nobody needs more, and it prints short.
double short_number(double value, double width) {
  const int digits = 3 - static_cast<int>(std::floor(std::log10(width)));
  const double scale = std::pow(10, std::abs(digits));
  return digits > 0 ? std::round(value * scale) / scale : std::round(value / scale) * scale;
}

void check(const InitialRequest& request) {
  const std::vector<double>& p = request.parameters;
  const auto require = [&](bool right, const std::string& what) {
    if (!right) throw InputError("--init: " + what + "; " + examples);
  };
  require(std::all_of(p.begin(), p.end(), [](double value) { return std::isfinite(value); }),
          "parameters must be finite numbers");
  if (request.law == "point") {
    require(p.size() == 1, "point takes one number");
  } else if (request.law == "normal") {
    require(p.size() == 2 || p.size() == 4,
            "normal takes a mean and a standard deviation, and perhaps a lower and an upper clamp");
    require(p[1] >= 0, "the standard deviation of normal must be 0 or greater");
    require(p.size() == 2 || p[2] < p[3], "the lower clamp of normal must be below the upper");
  } else if (request.law == "uniform") {
    require(p.size() == 2, "uniform takes two numbers");
    require(p[0] < p[1], "uniform needs its lower end below its upper end");
  } else {
    require(false, "unknown law '" + request.law + "'; there are point, normal, uniform");
  }
}

}  // namespace

std::vector<InitialRequest> resolve_start(const loss::Problem& problem, const Experiment& experiment,
                                          const theory::GibbsFamily* family, double temperature,
                                          const std::vector<theory::Minimum>& minima) {
  const std::size_t dimension = problem.dimension();
  std::vector<InitialRequest> start = experiment.init;
  if (!start.empty()) {
    if (start.size() != 1 && start.size() != dimension)
      throw InputError("--init: " + counted(start.size(), "law") + " for " + counted(dimension, "coordinate") +
                       "; give one, or one for each, separated by ';'");
    for (const InitialRequest& request : start) check(request);
    while (start.size() < dimension) start.push_back(start.front());
    return start;
  }
  if (family != nullptr && temperature > 0 && family->not_applicable(temperature).empty()) {
    const std::vector<theory::Marginal> marginals = family->marginals(temperature);
    for (std::size_t c = 0; c < dimension; ++c) {
      const auto [lower, upper] = family->coordinate_range(temperature, c, 0.01);
      const theory::Marginal& marginal = marginals.at(c);
      const double mean = marginal.mean.value_or((lower + upper) / 2);
      const double width = marginal.variance ? std::sqrt(*marginal.variance) : (upper - lower) / 4;
      // Quadrature leaves a mean of 1e-17 where symmetry says 0; the start should be exactly symmetric then.
      const bool centred = std::abs(mean) < 1e-9 * width && std::abs(lower + upper) < 1e-6 * width;
      const double reach = (upper - lower) / 2;
      std::vector<double> parameters =
          centred ? std::vector<double>{0, width, -reach, reach} : std::vector<double>{mean, width, lower, upper};
      for (double& parameter : parameters) parameter = short_number(parameter, width);
      start.push_back({"normal", std::move(parameters)});
    }
    return start;
  }
  const theory::Minimum* lowest = nullptr;
  for (const theory::Minimum& minimum : minima)
    if (lowest == nullptr || minimum.value < lowest->value) lowest = &minimum;
  for (std::size_t c = 0; c < dimension; ++c)
    start.push_back({"normal", {lowest != nullptr ? short_number(lowest->point[c], 1) : 0.0, 1.0}});
  return start;
}

bool is_symmetric(const std::vector<InitialRequest>& start) {
  return std::all_of(start.begin(), start.end(), [](const InitialRequest& request) {
    const std::vector<double>& p = request.parameters;
    if (request.law == "uniform") return p[0] == -p[1];
    return p[0] == 0 && (p.size() < 4 || p[2] == -p[3]);
  });
}

void plan_start(loss::Problem& problem, const std::vector<InitialRequest>& start, const dynamics::Descriptor& rule,
                const dynamics::StepRequest& request, ObservableNames& names, engine::Simulation& simulation) {
  loss::Graph& graph = problem.graph();
  const std::size_t dimension = problem.dimension();
  const bool uniform =
      std::any_of(start.begin(), start.end(), [](const auto& request) { return request.law == "uniform"; });
  const bool point =
      std::all_of(start.begin(), start.end(), [](const auto& request) { return request.law == "point"; });

  engine::DrawLayout& draws = simulation.start_draws;
  const std::size_t for_positions = point ? 0 : uniform ? 2 : 1;
  draws.purpose = random::Purpose::initial_position;
  draws.per_step = for_positions + (rule.start ? 1 : 0);
  draws.law = draws.per_step == 0 ? engine::DrawLayout::Law::none : engine::DrawLayout::Law::normal;
  draws.dimension = dimension;

  std::vector<loss::NodeId> rows;
  for (std::size_t c = 0; c < dimension; ++c) {
    const auto parameter = [&](std::size_t i) {
      const std::string name = "--init[" + std::to_string(c) + "," + std::to_string(i) + "]";
      problem.set_value(name, start[c].parameters[i]);
      return graph.setting(name);
    };
    const auto draw = [&](std::size_t k) { return graph.draw(k * draws.stride() + c); };
    if (start[c].law == "point") {
      rows.push_back(parameter(0));
    } else if (start[c].law == "normal") {
      loss::NodeId value = graph.fma(parameter(1), draw(0), parameter(0));
      if (start[c].parameters.size() == 4)
        value =
            graph.binary(loss::Operation::min, graph.binary(loss::Operation::max, value, parameter(2)), parameter(3));
      rows.push_back(value);
    } else {
      // Box and Muller's radius backwards: exp(-(a^2 + b^2) / 2) of two normals is uniform on (0, 1), so that one law
      // of draws serves all starts.
      const loss::NodeId square = graph.fma(draw(0), draw(0), graph.mul(draw(1), draw(1)));
      const loss::NodeId fraction = graph.unary(loss::Operation::exp, graph.mul(graph.literal(-0.5), square));
      rows.push_back(graph.fma(graph.sub(parameter(1), parameter(0)), fraction, parameter(0)));
    }
  }
  const std::vector<loss::NodeId> own =
      dynamics::build_start(problem, rule, request, rows, for_positions, draws.stride());
  rows.insert(rows.end(), own.begin(), own.end());
  const std::vector<loss::NodeId> remembered = names.start(rows);
  rows.insert(rows.end(), remembered.begin(), remembered.end());
  if (!loss::means_of(graph, rows, loss::Operation::data_mean).empty())
    throw InputError("--dynamics " + rule.name +
                     ": begins with the gradient of the whole loss, which takes a pass over all data where it is not "
                     "quadratic; use sgd, momentum, nesterov, rmsprop, adam or langevin");
  simulation.start = loss::lower(graph, rows);
}

}  // namespace isotherm
