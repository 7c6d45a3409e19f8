#include "python/exceptions.hpp"

#include "isotherm/core/error.hpp"

namespace isotherm::python {

namespace py = pybind11;

void bind_exceptions(py::module_& module) {
  const auto add = [](auto& exception, const char* text) {
    exception.attr("__module__") = "isotherm";
    exception.attr("__doc__") = text;
  };
  auto& input = py::register_exception<InputError>(module, "InputError", PyExc_ValueError);
  add(input, "What was asked for cannot be done. The message says where, what, and what would be right.");
  auto& run = py::register_exception<RunError>(module, "RunError", PyExc_RuntimeError);
  add(run, "A valid request failed while running: a full disk, every particle non-finite, a lost device.");
}

}  // namespace isotherm::python
