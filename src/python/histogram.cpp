#include "python/histogram.hpp"

#include <nlohmann/json.hpp>

#include "output/histogram_files.hpp"
#include "output/result_json.hpp"
#include "python/values.hpp"

namespace isotherm::python {
namespace {

namespace py = pybind11;

using Owner = std::shared_ptr<const void>;

py::list describe(const std::vector<Axis>& axes) {
  py::list list;
  for (const Axis& axis : axes)
    list.append(py::make_tuple(axis.expression, axis.bins, axis.lower, axis.upper, axis.periodic));
  return list;
}

std::vector<std::uint64_t> extents(const std::vector<Axis>& axes) {
  std::vector<std::uint64_t> shape;
  for (const Axis& axis : axes) shape.push_back(axis.extent());
  return shape;
}

py::dict describe(const std::vector<theory::BinProbabilities>& all, const Owner& owner) {
  py::dict dict;
  for (const theory::BinProbabilities& bins : all)
    if (bins.not_applicable.empty())
      dict[py::str(output::axes_name(bins.axes))] =
          py::make_tuple(describe(bins.axes), Array(owner, bins.probabilities, extents(bins.axes)));
  return dict;
}

}  // namespace

py::dict describe(const Histogram& histogram, const Owner& owner) {
  output::UhiArrays arrays = output::uhi_arrays(histogram);
  std::vector<std::uint64_t> by_group = {histogram.groups};
  for (const std::uint64_t extent : extents(histogram.axes)) by_group.push_back(extent);
  py::dict dict;
  dict["frame"] = to_python(output::uhi_frame(histogram, arrays));
  dict["axes"] = describe(histogram.axes);
  dict["by_group"] = Array(owner, histogram.counts, std::move(by_group));
  dict["nonfinite"] = Array(owner, histogram.nonfinite, {histogram.groups});
  dict["values"] = own(std::move(arrays.values), arrays.shape);
  dict["variances"] =
      arrays.variances.empty() ? py::object(py::none()) : py::cast(own(std::move(arrays.variances), arrays.shape));
  return dict;
}

py::dict describe(const theory::Prediction& prediction, const Owner& owner) {
  py::dict transients;
  for (const auto& [step, bins] : prediction.transients) transients[py::int_(step)] = describe(bins, owner);
  py::dict dict;
  dict["tree"] = to_python(output::prediction_json(prediction));
  dict["probabilities"] = describe(prediction.bins, owner);
  dict["transients"] = transients;
  return dict;
}

}  // namespace isotherm::python
