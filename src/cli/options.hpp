#pragma once
// The one table of options. From it come the command line, the experiment file, `--help`, and the `experiment` object
// of result.json; to add an option, add its row to options.cpp.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isotherm/core/error.hpp"
#include "isotherm/experiment/experiment.hpp"

namespace isotherm::cli {

/// What a value looks like in an experiment file. Numbers may always stand in quotes as well.
enum class Form {
  flag,         ///< true or false; on the command line no value
  number,       ///< one number
  numbers,      ///< one or an array
  matrix,       ///< "a,b;b,c" or an array of arrays
  text,         ///< a string
  texts,        ///< a string or an array of strings
  assignments,  ///< a table NAME = VALUE; on the command line NAME=VALUE, repeatable
};

/// What a shell offers in the place of a value, beside the option's choices.
enum class Path { none, file, folder };

struct Option {
  std::string name;         ///< without dashes; the key in an experiment file
  std::string placeholder;  ///< of the value in --help
  std::string help;         ///< one line, more or less
  /// In full, for the manual and docs/experiment-file.md, in Markdown (code and links); "": `help` says it all.
  std::string meaning;
  std::string fallback;  ///< the default in words, Markdown; "": the one that `write` tells, if there is one
  std::string group;     ///< heading in --help
  std::string example;   ///< a right value, for error messages
  /// Right values, or all names that one begins with; empty where there is no such list.
  std::function<std::vector<std::string>()> choices;
  Path path = Path::none;
  Form form = Form::text;
  bool repeatable = false;
  /// Sets the option from its texts: one, or one for each repetition or entry of an array. For a flag "true" or
  /// "false". Throws ValueError.
  std::function<void(Experiment&, std::span<const std::string>)> read;
  /// The value for JSON and experiment files; null if it is not set.
  std::function<nlohmann::ordered_json(const Experiment&)> write;
};

std::span<const Option> options();

/// The value that an option has if nobody gives it, as text; "" for flags, and where there is none or it is chosen.
std::string default_value(const Option& option);

/// Those that `isotherm bench` takes.
std::vector<const Option*> bench_options();
/// Those that `isotherm reproduce` has.
std::vector<const Option*> reproduce_options();

/// Those that `isotherm resume` takes: how a run is computed and what it prints, which do not change its result.
std::vector<const Option*> resume_options();

/// Null if there is none.
const Option* find_option(std::string_view name);

/// The name most like an unknown one, as "; did you mean --eta?" ("" if none is near).
std::string did_you_mean(const std::string& name, std::string_view dashes);

/// Sets the option. A value that is wrong is an InputError "WHERE: what is wrong, for example EXAMPLE", where EXAMPLE
/// is written as on the command line or as in a file.
void apply(const Option& option, std::span<const std::string> texts, Experiment& experiment, const std::string& where,
           bool in_file);

/// The same from the words of the command line, one for each time that the option stands there; of a flag the last
/// counts.
void apply_words(const Option& option, const std::vector<std::string>& words, Experiment& experiment);

/// Long texts (a loss of ten thousand brackets) would bury a message.
std::string clipped(const std::string& text);

/// {"loss": ..., "eta": ..., ...}: every option that has a value, in the order of the table.
nlohmann::ordered_json experiment_json(const Experiment& experiment);

}  // namespace isotherm::cli
