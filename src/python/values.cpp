#include "python/values.hpp"

#include <nlohmann/json.hpp>

namespace isotherm::python {

namespace py = pybind11;
using Json = nlohmann::ordered_json;

py::object to_python(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object: {
      py::dict dict;
      for (const auto& [key, entry] : value.items()) dict[py::str(key)] = to_python(entry);
      return dict;
    }
    case Json::value_t::array: {
      py::list list(value.size());
      for (std::size_t i = 0; i < value.size(); ++i) list[i] = to_python(value[i]);
      return list;
    }
    case Json::value_t::string:
      return py::str(value.get_ref<const std::string&>());
    case Json::value_t::boolean:
      return py::bool_(value.get<bool>());
    case Json::value_t::number_integer:
      return py::int_(value.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return py::int_(value.get<std::uint64_t>());
    case Json::value_t::number_float:
      return py::float_(value.get<double>());
    default:
      return py::none();
  }
}

Array::Array(std::shared_ptr<const void> owner, const void* data, std::size_t item, const char* format,
             std::vector<std::uint64_t> shape)
    : owner_(std::move(owner)), data_(data), item_(item), format_(format), shape_(std::move(shape)) {}

py::buffer_info Array::buffer() const {
  const auto item = static_cast<py::ssize_t>(item_);
  std::vector<py::ssize_t> shape(shape_.begin(), shape_.end()), strides(shape_.size());
  py::ssize_t stride = item;
  for (std::size_t i = shape.size(); i-- > 0; stride *= shape[i]) strides[i] = stride;
  // The buffer is marked read-only; its type has no pointer to const.
  return {const_cast<void*>(data_), item, format_, static_cast<py::ssize_t>(shape.size()), shape, strides, true};
}

}  // namespace isotherm::python
