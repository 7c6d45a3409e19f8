#include "python/positions.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace isotherm::python {

Positions::Positions(Precision precision, std::vector<std::uint64_t> shape) : shape_(std::move(shape)) {
  const std::uint64_t size = std::accumulate(shape_.begin(), shape_.end(), std::uint64_t{1}, std::multiplies<>());
  if (precision == Precision::single)
    numbers_ = std::vector<float>(size);
  else
    numbers_ = std::vector<double>(size);
}

void Positions::put(std::uint64_t first, std::span<const double> numbers) {
  std::visit(
      [&]<class Number>(std::vector<Number>& all) {
        std::transform(numbers.begin(), numbers.end(), all.begin() + static_cast<std::ptrdiff_t>(first),
                       [](double number) { return static_cast<Number>(number); });
      },
      numbers_);
}

Array Positions::array(const std::shared_ptr<const void>& owner) const {
  return std::visit([&](const auto& all) { return Array(owner, std::span(all), shape_); }, numbers_);
}

}  // namespace isotherm::python
