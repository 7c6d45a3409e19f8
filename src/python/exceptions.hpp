#pragma once
// isotherm.InputError (a ValueError) and isotherm.RunError (a RuntimeError).

#include <pybind11/pybind11.h>

namespace isotherm::python {

void bind_exceptions(pybind11::module_& module);

}  // namespace isotherm::python
