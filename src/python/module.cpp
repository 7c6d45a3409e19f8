// The extension module isotherm._core: what isotherm's Python files are built on (isotherm/_core.pyi says what it has).

#include <pybind11/pybind11.h>

#include "python/exceptions.hpp"
#include "python/experiment.hpp"
#include "python/outcome.hpp"
#include "python/values.hpp"

namespace py = pybind11;

PYBIND11_MODULE(_core, module) {
  using namespace isotherm::python;
  module.attr("__version__") = ISOTHERM_VERSION;
  bind_exceptions(module);
  py::class_<Array>(module, "Array", py::buffer_protocol()).def_buffer(&Array::buffer);
  module.def("options", &describe_options);
  module.def("run", &run, py::arg("file"), py::arg("options"), py::arg("caller"), py::arg("on_progress"));
  module.def("resume", &resume, py::arg("folder"), py::arg("options"), py::arg("caller"), py::arg("on_progress"));
  module.def("predict", &predict, py::arg("file"), py::arg("options"), py::arg("caller"));
  module.def("sweep", &sweep, py::arg("points"), py::arg("predictions"), py::arg("caller"), py::arg("on_progress"));
}
