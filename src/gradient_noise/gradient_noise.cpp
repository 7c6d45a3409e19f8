#include "gradient_noise/gradient_noise.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "loss/example_moments.hpp"

namespace isotherm::gradient_noise {
namespace {

using Eigen::Index;
using loss::ExamplePass;

/// Relative size below which an eigenvalue is rounding.
constexpr double rounding = 1e-12;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string percent(double share) { return number(100 * share) + " %"; }

double largest_size(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

struct Meter::Implementation {
  loss::Problem& problem;
  double factor;
  ExamplePass pass;
  std::optional<ExamplePass> sampled, within;
  double within_factor;
  loss::Function value, gradient;  ///< of the whole loss

  static ExamplePass pass_of(loss::Problem& problem, std::span<const loss::NodeId> nodes,
                             std::shared_ptr<const loss::Examples> examples) {
    const loss::Program program = loss::lower(problem.graph(), nodes);
    return {program, loss::evaluate_constants(problem.graph(), program, problem.setting_values(), {}),
            std::move(examples)};
  }

  Implementation(loss::Problem& of, double by, const WithinRows& within_rows,
                 std::shared_ptr<const loss::Examples> sample)
      : problem(of),
        factor(by),
        pass(pass_of(of, of.example_gradient(), of.examples())),
        within_factor(within_rows.factor),
        value(of, of.value()),
        gradient(of, of.gradient()) {
    if (sample) sampled.emplace(pass_of(of, of.example_gradient(), std::move(sample)));
    if (!within_rows.differences.empty()) within.emplace(pass_of(of, within_rows.differences, of.examples()));
  }

  /// Central differences of the gradient: of a quadratic exact but for rounding, else to about 1e-9 of it.
  Eigen::MatrixXd hessian(std::span<const double> position) const {
    const std::size_t d = position.size();
    Eigen::MatrixXd h(static_cast<Index>(d), static_cast<Index>(d));
    std::vector<double> x(position.begin(), position.end()), above(d), below(d);
    for (std::size_t c = 0; c < d; ++c) {
      const double step = 1e-5 * std::max(1.0, std::abs(position[c]));
      x[c] = position[c] + step;
      gradient(x, above);
      const double right = x[c];
      x[c] = position[c] - step;
      gradient(x, below);
      for (std::size_t i = 0; i < d; ++i)
        h(static_cast<Index>(i), static_cast<Index>(c)) = (above[i] - below[i]) / (right - x[c]);
      x[c] = position[c];
    }
    return (h + h.transpose()) / 2;
  }

  void align(Place& place, const Eigen::MatrixXd& covariance) const {
    const Eigen::MatrixXd h = hessian(place.position);
    const double size = covariance.norm() * h.norm();
    const auto d = static_cast<double>(h.rows());
    if (!(size > 0) || !std::isfinite(size)) return;
    place.alignment = covariance.cwiseProduct(h).sum() / size;
    place.isotropic_alignment = h.trace() / (std::sqrt(d) * h.norm());
    if (h.rows() == 1) return;
    const Index k = (h.rows() + 9) / 10;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> of_c(covariance), of_h(h);
    std::vector<Index> order(static_cast<std::size_t>(h.rows()));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
    std::ranges::stable_sort(
        order, [&](Index a, Index b) { return std::abs(of_h.eigenvalues()[a]) > std::abs(of_h.eigenvalues()[b]); });
    double overlap = 0;
    for (Index i = 0; i < k; ++i)
      for (Index j = 0; j < k; ++j) {
        const double cosine =
            of_c.eigenvectors().col(h.rows() - 1 - i).dot(of_h.eigenvectors().col(order[static_cast<std::size_t>(j)]));
        overlap += cosine * cosine;
      }
    place.overlap = overlap / static_cast<double>(k);
  }

  void describe_law(Place& place, const loss::ExampleMoments& sums, std::vector<double>& squares) const {
    const std::size_t d = place.position.size();
    double largest = 0;
    for (std::size_t c = 0; c < d; ++c) largest = std::max(largest, sums.products[c * d + c]);
    for (std::size_t c = 0; c < d; ++c) {
      const double variance = sums.products[c * d + c];
      const bool noise = variance > rounding * rounding * largest;
      place.skewness.push_back(noise ? sums.third[c] / std::pow(variance, 1.5) : 0);
      place.excess_kurtosis.push_back(noise ? sums.fourth[c] / (variance * variance) - 3 : 0);
    }
    const std::size_t most = tail_count(squares.size()) + 1;
    if (most == 1) return;
    const auto last = squares.begin() + static_cast<std::ptrdiff_t>(most);
    std::ranges::partial_sort(squares, last, std::greater<>());
    std::vector<double> sizes(squares.begin(), last);
    for (double& size : sizes) size = std::sqrt(size);
    place.tail = hill(sizes, squares.size());
  }

  Place measure(const std::string& name, std::span<const double> position, bool all) const {
    const std::size_t d = problem.dimension();
    Place place;
    place.name = name;
    place.position.assign(position.begin(), position.end());
    place.loss = value(position);
    std::vector<double> mean(d), squares;
    pass.means(position, mean);
    place.gradient = mean;
    const bool own_law = all && !sampled;
    if (own_law) squares.resize(pass.examples().rows);
    const loss::ExampleMoments sums = loss::example_moments(pass, position, mean, own_law ? &squares : nullptr);
    Eigen::MatrixXd covariance =
        factor * Eigen::Map<const Eigen::MatrixXd>(sums.products.data(), static_cast<Index>(d), static_cast<Index>(d));
    if (within) {
      const loss::ExampleMoments differences = loss::example_moments(*within, position, std::vector<double>(d, 0.0));
      covariance +=
          within_factor / 2 *
          Eigen::Map<const Eigen::MatrixXd>(differences.products.data(), covariance.rows(), covariance.cols());
    }
    place.covariance.assign(covariance.data(), covariance.data() + covariance.size());
    place.trace = covariance.trace();
    if (!covariance.allFinite()) return place;
    const Eigen::VectorXd eigenvalues =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance, Eigen::EigenvaluesOnly).eigenvalues().reverse();
    place.eigenvalues.assign(eigenvalues.begin(), eigenvalues.end());
    const double largest = place.eigenvalues.front(), smallest = place.eigenvalues.back();
    if (smallest > rounding * largest) place.anisotropy = largest / smallest;
    if (place.trace > 0)
      place.participation = place.trace * place.trace / (static_cast<double>(d) * covariance.squaredNorm());
    if (!all) return place;
    align(place, covariance);
    if (own_law) {
      describe_law(place, sums, squares);
    } else {
      sampled->means(position, mean);
      squares.assign(sampled->examples().rows, 0.0);
      const loss::ExampleMoments drawn = loss::example_moments(*sampled, position, mean, &squares);
      describe_law(place, drawn, squares);
    }
    return place;
  }
};

Meter::Meter(loss::Problem& problem, double factor, const WithinRows& within,
             std::shared_ptr<const loss::Examples> sample)
    : implementation_(std::make_unique<Implementation>(problem, factor, within, std::move(sample))) {}

Meter::~Meter() = default;

Place Meter::operator()(const std::string& name, std::span<const double> position, bool all) const {
  return implementation_->measure(name, position, all);
}

std::optional<double> change_between(std::span<const Place> places) {
  if (places.size() < 2) return std::nullopt;
  const auto matrix = [](const Place& place) {
    return Eigen::Map<const Eigen::VectorXd>(place.covariance.data(), static_cast<Index>(place.covariance.size()));
  };
  Eigen::VectorXd mean = matrix(places[0]);
  for (std::size_t p = 1; p < places.size(); ++p) mean += matrix(places[p]);
  mean /= static_cast<double>(places.size());
  if (!(mean.norm() > 0) || !mean.allFinite()) return std::nullopt;
  double change = 0;
  for (const Place& place : places) change = std::max(change, (matrix(place) - mean).norm() / mean.norm());
  return change;
}

bool GradientNoise::isotropic() const {
  return places.front().anisotropy && *places.front().anisotropy <= 1 + tolerance;
}

bool GradientNoise::gaussian() const {
  return largest_size(places.front().skewness) <= tolerance * std::sqrt(batch_size) &&
         largest_size(places.front().excess_kurtosis) <= tolerance * batch_size;
}

std::optional<bool> GradientNoise::constant() const {
  return change ? std::optional(*change <= tolerance) : std::nullopt;
}

bool GradientNoise::none() const {
  return std::ranges::all_of(places, [](const Place& place) { return place.trace == 0; });
}

std::string GradientNoise::sentence() const {
  const Place& first = places.front();
  const std::string where = first.name == "minimum" ? "at the minimum" : "at the " + first.name;
  if (none()) return "The examples make no gradient noise " + where + ".";
  std::string text = "The gradient noise of the examples is ";
  if (first.position.size() > 1) {
    text += isotropic() ? "isotropic (eigenvalues of its covariance " : "not isotropic (eigenvalues of its covariance ";
    text += "from " + number(first.eigenvalues.back()) + " to " + number(first.eigenvalues.front());
    if (first.alignment) text += ", cosine with the Hessian " + number(*first.alignment);
    text += constant() ? "), " : ") and ";
  }
  const double skewness = largest_size(first.skewness) / std::sqrt(batch_size);
  const double kurtosis = largest_size(first.excess_kurtosis) / batch_size;
  text += gaussian() ? "Gaussian (" : "not Gaussian (";
  text += "skewness up to " + number(skewness) + ", excess kurtosis up to " + number(kurtosis) +
          (batch_size > 1 ? " of a batch)" : ")");
  const std::optional<bool> same = constant();
  if (same)
    text += std::string(", and ") + (*same ? "constant" : "not constant") + " (its covariance at " +
            std::to_string(particles) + " particles is up to " + percent(*change) + " from their mean)";
  text += " " + where + ".";
  const bool scalar = first.position.size() == 1 || isotropic();
  if (reshuffled)
    return text + " Examples taken in turn also make the noise of an epoch cancel: Gibbs cannot be expected.";
  if (!scalar || same == false) return text + " Gibbs cannot be expected.";
  if (!same) return text + " Gibbs can be expected where it is also constant.";
  return text + (gaussian() ? " Gibbs can be expected."
                            : " Gibbs can be expected, but for what the finite learning rate makes of the noise.");
}

}  // namespace isotherm::gradient_noise
