#pragma once
// Keyword arguments to an Experiment, by the one table of options (src/cli/options.hpp).

#include <pybind11/pybind11.h>

#include <functional>
#include <string>

#include "isotherm/experiment/experiment.hpp"

namespace isotherm::python {

struct Request {
  Experiment experiment;  ///< `output` is empty unless it was given: nothing is written then
  bool writes = false;    ///< `output` was given
};

/// The experiment of a file ("" for none) and of options, which win. An option's name is that of the table, with '_' or
/// '-'; its value is what an experiment file would have: a number, bool, str, list or dict, or what NumPy has for it.
/// None leaves an option as it is. `caller` ("isotherm.run()") is for messages. An unknown name is a TypeError with the
/// nearest one, anything else that is wrong an InputError.
Request read_request(const std::string& file, const pybind11::dict& options, const std::string& caller);

/// What options change in how a run is computed: those of `isotherm resume`. Otherwise as read_request.
std::function<void(Experiment&)> read_adjustments(const pybind11::dict& options, const std::string& caller);

/// Of every option but those that speak of a terminal: {"name", "help", "group", "form", "example"}.
pybind11::list describe_options();

}  // namespace isotherm::python
