#include "theory/bins.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "loss/derivative.hpp"
#include "theory/axis_cuts.hpp"
#include "theory/line_law.hpp"

namespace isotherm::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// A function of one coordinate, in monotone pieces over the support of that coordinate's law.
struct Expression {
  Curve curve;
  std::vector<MonotonePiece> pieces;
};

Curve curve_of(loss::Problem& problem, loss::NodeId node, std::size_t coordinate) {
  loss::Graph& graph = problem.graph();
  const loss::NodeId slope = loss::gradient(graph, node, problem.dimension())[coordinate];
  const loss::NodeId curvature = loss::gradient(graph, slope, problem.dimension())[coordinate];
  const loss::NodeId nodes[] = {node, slope, curvature};
  return [function = ComponentFunction(problem, {&coordinate, 1}, nodes)](double x) {
    double out[3];
    function({&x, 1}, out);
    return CurveSample{x, out[0], out[1], out[2]};
  };
}

// The loss's own turning points are on the grid, so that wells much narrower than the support are seen.
std::vector<MonotonePiece> pieces_over(const Curve& curve, const Curve& loss, const Interval& support) {
  constexpr int points = 512;
  std::vector<double> grid;
  for (int i = 0; i <= points; ++i)
    grid.push_back(support.lower + (support.upper - support.lower) * (static_cast<double>(i) / points));
  grid.back() = support.upper;
  std::vector<double> turns;
  for (const MonotonePiece& piece : monotone_pieces(loss, grid).pieces) turns.push_back(piece.begin);
  grid.insert(grid.end(), turns.begin(), turns.end());
  std::sort(grid.begin(), grid.end());
  grid.erase(std::unique(grid.begin(), grid.end()), grid.end());
  return monotone_pieces(curve, grid).pieces;
}

// An axis as far as it can be integrated: which component it reads, and how.
struct AxisReading {
  enum class Kind { coordinate, function, loss_of_quadratic } kind = Kind::coordinate;
  std::size_t component = 0, coordinate = 0;  // coordinate within the component
  loss::NodeId node = -1;
};

class BinIntegrator {
 public:
  BinIntegrator(loss::Problem& problem, const ProductLaw& law, const loss::Problem::Vocabulary& vocabulary)
      : problem_(problem), law_(law), vocabulary_(vocabulary) {
    for (std::size_t k = 0; k < law.components.size(); ++k)
      for (std::size_t i = 0; i < law.components[k].dimension(); ++i) {
        const std::size_t row = law.components[k].coordinates[i];
        if (component_of_.size() <= row) component_of_.resize(row + 1);
        component_of_[row] = {k, i};
      }
  }

  BinProbabilities operator()(const std::vector<Axis>& axes) {
    BinProbabilities result{axes, {}, ""};
    std::vector<AxisReading> readings;
    for (const Axis& axis : axes) readings.push_back(read(axis, result.not_applicable));
    if (!result.not_applicable.empty()) return result;
    if (axes.size() == 1) {
      result.probabilities = one(axes[0], readings[0], result.not_applicable);
    } else if (readings[0].kind != AxisReading::Kind::loss_of_quadratic &&
               readings[1].kind != AxisReading::Kind::loss_of_quadratic &&
               readings[0].component == readings[1].component) {
      result.probabilities = together(axes, readings, result.not_applicable);
    } else if (readings[0].kind == AxisReading::Kind::loss_of_quadratic ||
               readings[1].kind == AxisReading::Kind::loss_of_quadratic) {
      result.not_applicable = "the joint law of the loss and a coordinate is available in one dimension only";
    } else {
      const auto rows = one(axes[0], readings[0], result.not_applicable);
      const auto columns = one(axes[1], readings[1], result.not_applicable);
      for (double row : rows)
        for (double column : columns) result.probabilities.push_back(row * column);
    }
    if (!result.not_applicable.empty()) {
      result.probabilities.clear();
      return result;
    }
    const double total = std::accumulate(result.probabilities.begin(), result.probabilities.end(), 0.0);
    for (double& p : result.probabilities) p /= total;
    return result;
  }

 private:
  struct Place {
    std::size_t component = 0, coordinate = 0;
  };

  AxisReading read(const Axis& axis, std::string& reason) {
    const loss::NodeId node = problem_.parse(axis.expression, "axis", vocabulary_);
    const loss::Graph& graph = problem_.graph();
    const loss::Node& top = graph.node(node);
    if (top.operation == loss::Operation::state) {
      const Place place = component_of_[static_cast<std::size_t>(top.index)];
      return {AxisReading::Kind::coordinate, place.component, place.coordinate, node};
    }
    const auto rows = coordinates_of(graph, node);
    const bool is_loss = node == problem_.value();
    if (is_loss && law_.quadratic() && problem_.dimension() > 1)
      return {AxisReading::Kind::loss_of_quadratic, 0, 0, node};
    if (rows.size() == 1) {
      const Place place = component_of_[rows[0]];
      if (law_.components[place.component].dimension() == 1)
        return {AxisReading::Kind::function, place.component, 0, node};
    }
    if (reason.empty())
      reason = is_loss ? "the density of the loss is available in one dimension and for quadratic losses only"
                       : "bin probabilities of '" + axis.expression +
                             "' are available only where it is a function of one coordinate that the loss does not "
                             "couple to others";
    return {};
  }

  std::vector<double> one(const Axis& axis, const AxisReading& reading, std::string& reason) {
    if (reading.kind == AxisReading::Kind::function) return together({axis}, {reading}, reason);
    std::vector<double> cuts;
    std::vector<double> masses;
    if (reading.kind == AxisReading::Kind::coordinate) {
      cuts = coordinate_cuts(axis, reading, reason);
      if (!reason.empty()) return {};
      masses = law_.factors[reading.component]->masses(reading.coordinate, cuts);
    } else {
      const double least = law_.least_loss(), t = law_.temperature;
      const double half_degrees = 0.5 * static_cast<double>(problem_.dimension());
      const double reach = least + t * (50 + 2 * half_degrees + 20 * std::sqrt(half_degrees));
      const auto edges = edges_between(axis, least, axis.periodic ? reach : infinity);
      if (!edges) return too_many(reason);
      cuts = *edges;
      cuts.insert(cuts.begin(), least);
      cuts.push_back(infinity);
      for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        // Whichever tail is the smaller one keeps its relative accuracy.
        const double a = (cuts[i] - least) / t, b = (cuts[i + 1] - least) / t;
        if (a > half_degrees) {
          masses.push_back(boost::math::gamma_q(half_degrees, a) - above(half_degrees, b));
        } else {
          masses.push_back((std::isinf(b) ? 1.0 : boost::math::gamma_p(half_degrees, b)) -
                           boost::math::gamma_p(half_degrees, a));
        }
      }
    }
    std::vector<double> result(axis.extent());
    for (std::size_t i = 0; i < masses.size(); ++i) result[slot_between(axis, cuts[i], cuts[i + 1])] += masses[i];
    return result;
  }

  static double above(double half_degrees, double b) {
    return std::isinf(b) ? 0.0 : boost::math::gamma_q(half_degrees, b);
  }

  static std::vector<double> too_many(std::string& reason) {
    reason = "the law is wider than a million bins of the periodic axis";
    return {};
  }

  // Cuts from -infinity to infinity (or over the law's support, on a periodic axis).
  std::vector<double> coordinate_cuts(const Axis& axis, const AxisReading& reading, std::string& reason) {
    const Interval support = law_.factors[reading.component]->support(reading.coordinate);
    const auto edges =
        axis.periodic ? edges_between(axis, support.lower, support.upper) : edges_between(axis, -infinity, infinity);
    if (!edges) return too_many(reason);
    std::vector<double> cuts = *edges;
    cuts.insert(cuts.begin(), axis.periodic ? support.lower : -infinity);
    cuts.push_back(axis.periodic ? support.upper : infinity);
    return cuts;
  }

  static std::size_t slot_between(const Axis& axis, double a, double b) {
    if (std::isinf(a)) return slot(axis, std::isinf(b) ? 0.0 : b - axis.width());
    if (std::isinf(b)) return slot(axis, std::max(a + axis.width(), axis.upper));
    return slot(axis, a + 0.5 * (b - a));
  }

  // One or two axes that read the same component.
  std::vector<double> together(const std::vector<Axis>& axes, const std::vector<AxisReading>& readings,
                               std::string& reason) {
    const std::size_t k = readings[0].component;
    const ComponentLaw& factor = *law_.factors[k];
    if (law_.components[k].dimension() > 1 && readings[0].coordinate != readings[1].coordinate) {
      const auto rows = coordinate_cuts(axes[0], readings[0], reason);
      const auto columns = coordinate_cuts(axes[1], readings[1], reason);
      if (!reason.empty()) return {};
      const auto masses = factor.joint_masses(readings[0].coordinate, rows, readings[1].coordinate, columns);
      std::vector<double> result(axes[0].extent() * axes[1].extent());
      for (std::size_t i = 0; i + 1 < rows.size(); ++i)
        for (std::size_t j = 0; j + 1 < columns.size(); ++j)
          result[slot_between(axes[0], rows[i], rows[i + 1]) * axes[1].extent() +
                 slot_between(axes[1], columns[j], columns[j + 1])] += masses[i * (columns.size() - 1) + j];
      return result;
    }

    // All axes read one coordinate: cut the line wherever any of them changes its slot.
    const std::size_t coordinate = readings[0].coordinate;
    const std::size_t row = law_.components[k].coordinates[coordinate];
    const Interval support = factor.support(coordinate);
    std::vector<double> cuts = {support.lower, support.upper};
    std::vector<Curve> curves;
    for (std::size_t a = 0; a < axes.size(); ++a) {
      if (readings[a].kind == AxisReading::Kind::coordinate) {
        curves.emplace_back([](double x) { return CurveSample{x, x, 1, 0}; });
        const auto edges = edges_between(axes[a], support.lower, support.upper);
        if (!edges) return too_many(reason);
        cuts.insert(cuts.end(), edges->begin(), edges->end());
        continue;
      }
      curves.push_back(curve_of(problem_, readings[a].node, row));
      for (const MonotonePiece& piece :
           pieces_over(curves.back(), component_curve(problem_, law_.components[k]), support)) {
        cuts.push_back(piece.begin);
        cuts.push_back(piece.end);
        const auto edges = edges_between(axes[a], std::min(piece.begin_value, piece.end_value),
                                         std::max(piece.begin_value, piece.end_value));
        if (!edges || cuts.size() + edges->size() > 10000000) return too_many(reason);
        for (double edge : *edges) cuts.push_back(invert(curves.back(), piece, edge));
      }
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    const std::vector<double> masses = factor.masses(coordinate, cuts);
    std::size_t slots = 1;
    for (const Axis& axis : axes) slots *= axis.extent();
    std::vector<double> result(slots);
    for (std::size_t i = 0; i < masses.size(); ++i) {
      const double middle = cuts[i] + 0.5 * (cuts[i + 1] - cuts[i]);
      std::size_t flat = 0;
      bool finite = true;
      for (std::size_t a = 0; a < axes.size(); ++a) {
        const double value = curves[a](middle).value;
        finite = finite && std::isfinite(value);
        if (finite) flat = flat * axes[a].extent() + slot(axes[a], value);
      }
      if (finite) result[flat] += masses[i];
    }
    return result;
  }

  loss::Problem& problem_;
  const ProductLaw& law_;
  const loss::Problem::Vocabulary& vocabulary_;
  std::vector<Place> component_of_;
};

/// The level that the function is below with this probability.
double quantile_by_level_sets(const Curve& curve, const std::vector<MonotonePiece>& pieces, const ComponentLaw& factor,
                              double probability) {
  double least = infinity, largest = -infinity;
  for (const MonotonePiece& piece : pieces) {
    least = std::min({least, piece.begin_value, piece.end_value});
    largest = std::max({largest, piece.begin_value, piece.end_value});
  }
  const auto excess = [&](double above) {
    const double level = least + above;
    double mass = 0;
    for (const MonotonePiece& piece : pieces) {
      const bool rises = piece.begin_value <= piece.end_value;
      const double low = std::min(piece.begin_value, piece.end_value);
      const double high = std::max(piece.begin_value, piece.end_value);
      if (level <= low) continue;
      const double x = level >= high ? (rises ? piece.end : piece.begin) : invert(curve, piece, level);
      const double interval[] = {rises ? piece.begin : x, rises ? x : piece.end};
      mass += factor.masses(0, interval)[0];
    }
    return mass - probability;
  };
  std::uintmax_t iterations = 200;
  const auto [a, b] = boost::math::tools::toms748_solve(excess, 0.0, largest - least, -probability, 1 - probability,
                                                        boost::math::tools::eps_tolerance<double>(50), iterations);
  return least + 0.5 * (a + b);
}

}  // namespace

bool ProductLaw::quadratic() const {
  return std::all_of(components.begin(), components.end(), [](const Component& c) { return c.quadratic; });
}

double ProductLaw::least_loss() const {
  double sum = 0;
  for (std::size_t k = 0; k < components.size(); ++k)
    sum += factors[k]->mean_loss() - 0.5 * temperature * static_cast<double>(components[k].dimension());
  return sum;
}

BinProbabilities integrate_bins(loss::Problem& problem, const ProductLaw& law, const std::vector<Axis>& axes,
                                const loss::Problem::Vocabulary& vocabulary) {
  return BinIntegrator(problem, law, vocabulary)(axes);
}

std::map<std::string, double> loss_quantiles(loss::Problem& problem, const ProductLaw& law) {
  std::map<std::string, double> quantiles;
  if (law.quadratic()) {
    const boost::math::chi_squared distribution(static_cast<double>(problem.dimension()));
    for (const auto& [key, level] : quantile_levels())
      quantiles[key] = law.least_loss() + 0.5 * law.temperature * boost::math::quantile(distribution, level);
    return quantiles;
  }
  if (problem.dimension() != 1) return quantiles;
  const Curve curve = component_curve(problem, law.components[0]);
  const std::vector<MonotonePiece> pieces = pieces_over(curve, curve, law.factors[0]->support(0));
  for (const auto& [key, level] : quantile_levels())
    quantiles[key] = quantile_by_level_sets(curve, pieces, *law.factors[0], level);
  return quantiles;
}

}  // namespace isotherm::theory
