#pragma once
// Numbers for Python: JSON values as objects, and arrays that stay where they are.

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace isotherm::python {

/// dict, list, str, int, float, bool or None. Doubles are passed on as they are: what is null in the text of the JSON
/// because it is not finite is inf or nan here.
pybind11::object to_python(const nlohmann::ordered_json& value);

/// An array that C++ owns, in C order, read-only through Python's buffer protocol: numpy.asarray makes no copy.
class Array {
 public:
  /// `data` lies in what `owner` keeps alive; its size is the product of the shape.
  Array(std::shared_ptr<const void> owner, std::span<const double> data, std::vector<std::uint64_t> shape)
      : Array(std::move(owner), data.data(), sizeof(double), "d", std::move(shape)) {}
  Array(std::shared_ptr<const void> owner, std::span<const float> data, std::vector<std::uint64_t> shape)
      : Array(std::move(owner), data.data(), sizeof(float), "f", std::move(shape)) {}
  /// Counts are below 2^63: they are shown as signed numbers, which NumPy combines with others without turning into
  /// floating point.
  Array(std::shared_ptr<const void> owner, std::span<const std::uint64_t> data, std::vector<std::uint64_t> shape)
      : Array(std::move(owner), data.data(), sizeof(std::uint64_t), "q", std::move(shape)) {}

  pybind11::buffer_info buffer() const;

 private:
  Array(std::shared_ptr<const void> owner, const void* data, std::size_t item, const char* format,
        std::vector<std::uint64_t> shape);

  std::shared_ptr<const void> owner_;
  const void* data_;
  std::size_t item_;  ///< bytes of a number
  const char* format_;
  std::vector<std::uint64_t> shape_;
};

/// An array of its own from a vector.
template <class Number>
Array own(std::vector<Number> values, std::vector<std::uint64_t> shape) {
  const auto owner = std::make_shared<const std::vector<Number>>(std::move(values));
  return Array(owner, std::span<const Number>(*owner), std::move(shape));
}

}  // namespace isotherm::python
