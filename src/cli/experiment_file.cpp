#include "cli/experiment_file.hpp"

#include <toml++/toml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/options.hpp"
#include "cli/values.hpp"
#include "output/number.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string place(const std::string& path, const toml::source_position& position) {
  return path + ':' + std::to_string(position.line) + ':' + std::to_string(position.column) + ": ";
}

const char* type_name(const toml::node& node) {
  if (node.is_string()) return "a string";
  if (node.is_integer() || node.is_floating_point()) return "a number";
  if (node.is_boolean()) return "true or false";
  if (node.is_array()) return "an array";
  if (node.is_table()) return "a table";
  return "a date or time";
}

/// What an option of this form may be given as.
const char* expected_type(Form form) {
  switch (form) {
    case Form::flag:
      return "true or false";
    case Form::number:
      return "a number";
    case Form::numbers:
      return "a number or an array of numbers";
    case Form::matrix:
      return "a string \"a,b;b,c\" or an array of arrays of numbers";
    case Form::text:
      return "a string";
    case Form::texts:
      return "a string or an array of strings";
    case Form::assignments:
      break;
  }
  return "a table of NAME = VALUE";
}

/// A file's values as the texts that the command line would have given.
class Reader {
 public:
  Reader(std::string path, Experiment& experiment) : path_(std::move(path)), experiment_(experiment) {}

  void table(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const Option* option = find_option(name);
      if (option == nullptr) {
        throw InputError(place(path_, key.source().begin) + "unknown key '" + name + "'" + suggestion(name));
      }
      if (option->form == Form::assignments) {
        assignments(*option, node);
      } else {
        set(*option, texts(*option, node), node, name);
      }
    }
  }

 private:
  static std::string suggestion(const std::string& name) {
    const std::string near = did_you_mean(name, "");
    return near.empty() ? "; keys are the options of isotherm run without the dashes" : near;
  }

  void set(const Option& option, const std::vector<std::string>& texts, const toml::node& node,
           const std::string& name) {
    std::string where = place(path_, node.source().begin) + name;
    if (texts.size() == 1 && texts.front().size() <= 60) where += " = " + texts.front();
    apply(option, texts, experiment_, where, true);
  }

  void assignments(const Option& option, const toml::node& node) {
    const toml::table* entries = node.as_table();
    if (entries == nullptr) wrong_type(option, node);
    for (const auto& [key, value] : *entries) {
      const std::string name(key.str());
      const bool matrix = value.is_array();
      if (!matrix && !value.is_string() && !value.is_number()) {
        throw InputError(place(path_, value.source().begin) + option.name + '.' + name +
                         ": must be a number, a string or a matrix, not " + type_name(value));
      }
      const std::string text = matrix ? matrix_text(option, *value.as_array()) : scalar_text(option, value);
      set(option, {name + '=' + text}, value, option.name + '.' + name);
    }
  }

  std::vector<std::string> texts(const Option& option, const toml::node& node) const {
    const bool array_allowed =
        option.form == Form::numbers || option.form == Form::matrix || option.form == Form::texts;
    if (const toml::array* array = node.as_array(); array != nullptr && array_allowed) {
      if (option.form == Form::matrix) return {matrix_text(option, *array)};
      std::vector<std::string> result;
      for (const toml::node& entry : *array) result.push_back(scalar_text(option, entry));
      if (result.empty()) {
        throw InputError(place(path_, node.source().begin) + option.name + ": must not be empty; leave the key out");
      }
      return result;
    }
    return {scalar_text(option, node)};
  }

  /// [[a, b], [b, c]] as "a,b;b,c", and [a, b] as "a,b".
  std::string matrix_text(const Option& option, const toml::array& array) const {
    std::string text;
    for (const toml::node& entry : array) {
      const toml::array* row = entry.as_array();
      if (!text.empty()) text += row ? ';' : ',';
      if (row == nullptr) {
        text += scalar_text(option, entry);
        continue;
      }
      for (std::size_t i = 0; i < row->size(); ++i) text += (i > 0 ? "," : "") + scalar_text(option, *row->get(i));
    }
    return text;
  }

  std::string scalar_text(const Option& option, const toml::node& node) const {
    const bool wants_flag = option.form == Form::flag,
               wants_text = option.form == Form::text || option.form == Form::texts;
    if (const auto* value = node.as_boolean(); value != nullptr && wants_flag) return value->get() ? "true" : "false";
    if (const auto* value = node.as_string(); value != nullptr && !wants_flag) return value->get();
    if (const auto* value = node.as_integer(); value != nullptr && !wants_flag && !wants_text) {
      return std::to_string(value->get());
    }
    if (const auto* value = node.as_floating_point(); value != nullptr && !wants_flag && !wants_text) {
      return output::shortest(value->get());
    }
    wrong_type(option, node);
  }

  [[noreturn]] void wrong_type(const Option& option, const toml::node& node) const {
    throw InputError(place(path_, node.source().begin) + option.name + ": must be " + expected_type(option.form) +
                     ", not " + type_name(node));
  }

  std::string path_;
  Experiment& experiment_;
};

/// A TOML basic string.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || code == 0x7F) {
      constexpr const char* hexadecimal = "0123456789ABCDEF";
      result += std::string("\\u00") + hexadecimal[code / 16] + hexadecimal[code % 16];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string toml_value(const Json& value) {
  if (value.is_string()) return quoted(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_float()) return output::shortest(value.get<double>());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    return quoted(value.dump());  // a TOML integer has 63 bits and a sign
  }
  if (!value.is_array()) return value.dump();
  std::string text = "[";
  for (const Json& entry : value) text += (text.size() > 1 ? ", " : "") + toml_value(entry);
  return text + ']';
}

}  // namespace

void read_experiment_text(const std::string& text, const std::string& path, Experiment& experiment) {
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    // toml++ does not say what most often was meant.
    const std::string hint = error.description().find("could not determine value type") != std::string_view::npos
                                 ? "; text stands in quotes, for example loss = \"double-well\""
                                 : "";
    throw InputError(place(path, error.source().begin) + std::string(error.description()) + hint);
  }
  Reader(path, experiment).table(table);
}

void read_experiment_file(const std::string& path, Experiment& experiment) {
  const auto fail = [&](const std::string& reason) {
    throw InputError(path + ": cannot read this experiment file (" + reason +
                     "); a loss on the command line is given as --loss EXPR");
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail("it is a folder");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail(std::strerror(errno));
  std::ostringstream text;
  if (stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (stream.bad()) fail("it cannot be read to its end");
  read_experiment_text(text.str(), path, experiment);
}

std::string experiment_toml(const Experiment& experiment) {
  std::string text = "# isotherm " ISOTHERM_VERSION ": isotherm run experiment.toml\n";
  std::string tables;
  const Json values = experiment_json(experiment);
  for (const auto& [name, value] : values.items()) {
    if (value.is_object()) {
      tables += "\n[" + name + "]\n";
      for (const auto& [key, entry] : value.items()) tables += key + " = " + toml_value(entry) + '\n';
    } else {
      text += name + " = " + toml_value(value) + '\n';
    }
  }
  return text + tables;
}

}  // namespace isotherm::cli
