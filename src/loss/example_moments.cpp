#include "loss/example_moments.hpp"

#include <algorithm>

namespace isotherm::loss {
namespace {

constexpr std::size_t width = examples_of_a_row;

struct Sums {
  explicit Sums(std::size_t d)
      : moments{std::vector<double>(d), std::vector<double>(d * d), std::vector<double>(d), std::vector<double>(d)} {}
  ExampleMoments moments;
  void each(const auto& body) {
    for (std::vector<double>* sums : {&moments.first, &moments.products, &moments.third, &moments.fourth}) body(*sums);
  }
};

void add(std::vector<double>& to, const std::vector<double>& values) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += values[i];
}

}  // namespace

ExampleMoments example_moments(const ExamplePass& pass, std::span<const double> point, std::span<const double> center,
                               std::vector<double>* squares, std::size_t most_numbers) {
  const RowFunctions& functions = row_functions();
  const std::size_t d = center.size();
  const std::vector<double> at = pass.at(point);
  // Neighbouring spans share sums where there are many products: as their numbers say, not as threads come.
  const std::size_t groups = std::clamp<std::size_t>(most_numbers / (d * d + 1), 1, pass.spans());
  std::vector<Sums> sums_of(groups, Sums(d));
  pass.for_each(groups, [&](std::size_t group, ExamplePass::Scratch& scratch) {
    ExampleMoments& sums = sums_of[group].moments;
    std::vector<double> u(d * width), weighted(d * width), square(width), cube(width);
    std::vector<const double*> left(d), right(d);
    for (std::size_t c = 0; c < d; ++c) {
      right[c] = u.data() + c * width;
      left[c] = weighted.data() + c * width;
    }
    std::size_t there = 0;
    const auto visit = [&](std::size_t c, const ExamplePass::Row& row) {
      double *to = u.data() + c * width, *of = weighted.data() + c * width;
      for (std::size_t r = 0; r < width; ++r) {
        to[r] = row.values[r] - center[c];
        of[r] = row.weights[r] * to[r];
        square[r] = to[r] * to[r];
        cube[r] = square[r] * to[r];
      }
      sums.first[c] += functions.dot(row.weights, to);
      sums.third[c] += functions.dot(of, square.data());
      sums.fourth[c] += functions.dot(of, cube.data());
      if (squares != nullptr)
        for (std::size_t r = 0; r < row.count; ++r) (*squares)[row.first + r] += square[r];
      if (++there < d) return;
      there = 0;
      functions.products(left.data(), right.data(), d, sums.products.data());
    };
    for (std::size_t span = group * pass.spans() / groups; span < (group + 1) * pass.spans() / groups; ++span)
      pass.run(span, at, scratch, visit);
  });
  Sums total(d);
  for (const Sums& sums : sums_of) {
    add(total.moments.first, sums.moments.first);
    add(total.moments.products, sums.moments.products);
    add(total.moments.third, sums.moments.third);
    add(total.moments.fourth, sums.moments.fourth);
  }
  total.each([&](std::vector<double>& sums) {
    for (double& sum : sums) sum *= pass.scale();
  });
  std::vector<double>& products = total.moments.products;
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = i + 1; j < d; ++j) products[i * d + j] = products[j * d + i];
  return std::move(total.moments);
}

}  // namespace isotherm::loss
