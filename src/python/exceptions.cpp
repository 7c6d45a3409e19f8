#include "python/exceptions.hpp"

#include <algorithm>
#include <exception>
#include <string>

#include "cli/options.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::python {

namespace py = pybind11;

namespace {

/// Options as keywords: "--batch-size" as "batch_size".
std::string with_keywords(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins_word = at == 0 || text[at - 1] == ' ' || text[at - 1] == '(';
    const std::size_t end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", at), text.size());
    if (begins_word && text.compare(at, 2, "--") == 0 &&
        cli::find_option(text.substr(at + 2, end - at - 2)) != nullptr) {
      std::string name = text.substr(at + 2, end - at - 2);
      std::replace(name.begin(), name.end(), '-', '_');
      out += name;
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

py::handle input_error, run_error;  // as long as the module, which is never unloaded

}  // namespace

void bind_exceptions(py::module_& module) {
  const auto add = [&](const char* name, PyObject* base, const char* text) {
    const py::exception<std::exception> made(module, name, base);
    made.attr("__module__") = "isotherm";
    made.attr("__doc__") = text;
    return made.inc_ref();
  };
  input_error = add("InputError", PyExc_ValueError,
                    "What was asked for cannot be done. The message says where, what, and what would be right.");
  run_error = add("RunError", PyExc_RuntimeError,
                  "A valid request failed while running: a full disk, every particle non-finite, a lost device.");
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const InputError& error) {
      PyErr_SetString(input_error.ptr(), with_keywords(error.what()).c_str());
    } catch (const RunError& error) {
      PyErr_SetString(run_error.ptr(), with_keywords(error.what()).c_str());
    }
  });
}

}  // namespace isotherm::python
