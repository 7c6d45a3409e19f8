#include "python/experiment.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/experiment_file.hpp"
#include "cli/options.hpp"
#include "cli/toml_values.hpp"

namespace isotherm::python {
namespace {

namespace py = pybind11;

/// Options that say what a terminal shows; in an experiment file they are read, and mean nothing here.
constexpr std::array<std::string_view, 4> of_a_terminal = {"json", "dry-run", "log", "draw"};

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string replaced(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

[[noreturn]] void wrong_type(const std::string& where, const py::handle& value) {
  throw InputError(where + ": must be a number, True or False, a string, a list or a dict, not " +
                   py::cast<std::string>(py::str(py::type::of(value).attr("__name__"))));
}

/// Calls `take` with the TOML value of a Python one, as an experiment file would have it.
template <class Take>
void with_toml(const py::handle& value, const std::string& where, const Take& take);

toml::array to_array(const py::handle& values, const std::string& where) {
  toml::array array;
  for (const py::handle value : values)
    with_toml(value, where, [&](auto&& node) { array.push_back(std::forward<decltype(node)>(node)); });
  return array;
}

toml::table to_table(const py::dict& values, const std::string& where) {
  toml::table table;
  for (const auto& [key, value] : values) {
    const std::string name = py::str(key);
    with_toml(value, where, [&](auto&& node) { table.insert_or_assign(name, std::forward<decltype(node)>(node)); });
  }
  return table;
}

template <class Take>
void with_toml(const py::handle& value, const std::string& where, const Take& take) {
  if (py::isinstance<py::bool_>(value)) return take(py::cast<bool>(value));
  if (py::isinstance<py::str>(value)) return take(py::cast<std::string>(value));
  if (py::isinstance<py::float_>(value)) return take(py::cast<double>(value));
  if (py::isinstance<py::int_>(value)) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow == 0) return take(static_cast<std::int64_t>(number));
    return take(py::cast<std::string>(py::str(value)));  // a TOML integer has 63 bits; numbers may stand in quotes
  }
  if (py::isinstance<py::dict>(value)) return take(to_table(py::cast<py::dict>(value), where));
  if (py::isinstance<py::list>(value) || py::isinstance<py::tuple>(value)) return take(to_array(value, where));
  // NumPy's arrays and numbers; paths.
  if (py::hasattr(value, "tolist")) return with_toml(value.attr("tolist")(), where, take);
  if (py::hasattr(value, "__fspath__")) return with_toml(value.attr("__fspath__")(), where, take);
  wrong_type(where, value);
}

[[noreturn]] void unknown(const std::string& name, const std::string& caller) {
  const std::string near = replaced(cli::did_you_mean(name, ""), '-', '_');
  throw py::type_error(caller + " got an unexpected option '" + replaced(name, '-', '_') + "'" +
                       (near.empty() ? "; options are those of isotherm run, with _ for -" : near));
}

/// Options as an experiment file would have them. A TypeError for a name that is none of `known` (all if it is empty).
toml::table read_options(const py::dict& options, const std::vector<const cli::Option*>& known,
                         const std::string& caller) {
  toml::table table;
  for (const auto& [key, value] : options) {
    if (value.is_none()) continue;
    const std::string name = replaced(py::str(key), '_', '-');
    const cli::Option* option = cli::find_option(name);
    if (option == nullptr) unknown(name, caller);
    if (!known.empty() && std::find(known.begin(), known.end(), option) == known.end())
      throw py::type_error(caller + " takes only options that change how a run is computed, and not '" +
                           replaced(name, '-', '_') + "'");
    const bool off = py::isinstance<py::bool_>(value) && !py::cast<bool>(value);
    if (is_one_of(of_a_terminal, name) && off) continue;
    if (is_one_of(of_a_terminal, name))
      throw InputError(caller + ": " + replaced(name, '-', '_') +
                       " is for a terminal; leave it out: a Result has as_dict(), and progress= takes a function");
    if (name == "data" && !py::isinstance<py::str>(value) && !py::hasattr(value, "__fspath__"))
      throw InputError(caller +
                       ": data: must be the path of a CSV, NPY or NPZ file, for example of what "
                       "numpy.savez(\"data.npz\", x=..., y=...) writes");
    with_toml(value, caller + ": " + name,
              [&](auto&& node) { table.insert_or_assign(name, std::forward<decltype(node)>(node)); });
  }
  return table;
}

}  // namespace

Request read_request(const std::string& file, const py::dict& options, const std::string& caller) {
  Request request;
  Experiment& experiment = request.experiment;
  experiment.output.clear();
  if (!file.empty()) cli::read_experiment_file(file, experiment);
  cli::read_experiment_table(read_options(options, {}, caller), caller, "", experiment);
  request.writes = !experiment.output.empty();
  if (experiment.loss.ends_with(".toml"))
    throw InputError(caller + ": loss = " + experiment.loss + ": an experiment file is for run_file and predict_file");
  if (experiment.loss.empty())
    throw InputError(caller + ": no loss; give one, for example loss=\"double-well\" or loss=\"x^4/4 - x^2/2\"");
  if (experiment.checkpoint_interval && !request.writes)
    throw InputError(caller +
                     ": checkpoint_interval: checkpoints are files; name a folder for them with output, or "
                     "leave it out");
  return request;
}

std::function<void(Experiment&)> read_adjustments(const py::dict& options, const std::string& caller) {
  auto table = std::make_shared<const toml::table>(read_options(options, cli::resume_options(), caller));
  return [table, caller](Experiment& experiment) { cli::read_experiment_table(*table, caller, "", experiment); };
}

py::list describe_options() {
  constexpr std::array forms = {"flag", "number", "numbers", "matrix", "text", "texts", "assignments"};
  py::list list;
  for (const cli::Option& option : cli::options()) {
    if (is_one_of(of_a_terminal, option.name)) continue;
    py::dict entry;
    entry["name"] = replaced(option.name, '-', '_');
    entry["help"] = option.help;
    entry["group"] = option.group;
    entry["form"] = forms[static_cast<std::size_t>(option.form)];
    entry["example"] = option.example;
    list.append(entry);
  }
  return list;
}

}  // namespace isotherm::python
