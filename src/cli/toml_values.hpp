#pragma once
// Values of a TOML file as the texts that the command line would have given.

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace isotherm::cli {

/// The file's text, or InputError.
std::string read_text_file(const std::string& path);

/// InputError "FILE:LINE:COLUMN: what is wrong" for what is not TOML.
toml::table parse_toml(const std::string& text, const std::string& path);

/// "FILE:LINE:COLUMN: ", or "PATH: " of a node that was not read from a file.
std::string place(const std::string& path, const toml::source_position& position);

/// "a string", "a number", ...
const char* type_name(const toml::node& node);

/// Values of options. Errors are InputErrors that begin with the place.
class OptionValues {
 public:
  explicit OptionValues(std::string path) : path_(std::move(path)) {}

  /// Of an option that is no table: one text, or one for each entry of an array.
  std::vector<std::string> texts(const Option& option, const toml::node& node) const;
  /// Of one name in the table of an option of assignments (`set`): a number, a string or a matrix.
  std::string assigned_text(const Option& option, const std::string& name, const toml::node& node) const;
  /// "FILE:LINE:COLUMN: NAME = TEXT", as errors about a value begin.
  std::string where(const toml::node& node, const std::string& name, const std::vector<std::string>& texts) const;
  const std::string& path() const { return path_; }

  [[noreturn]] void wrong_type(const Option& option, const toml::node& node) const;

 private:
  std::string matrix_text(const Option& option, const toml::array& array) const;
  std::string scalar_text(const Option& option, const toml::node& node) const;

  std::string path_;
};

/// Applies a parsed experiment file (experiment_file.hpp); its key `besides` ("" for none) is somebody else's.
void read_experiment_table(const toml::table& table, const std::string& path, std::string_view besides,
                           Experiment& experiment);

}  // namespace isotherm::cli
