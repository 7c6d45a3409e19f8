#include "cli/toml_values.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "output/number.hpp"

namespace isotherm::cli {
namespace {

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

}  // namespace

std::string read_text_file(const std::string& path) {
  const bool named_as_one = path.ends_with(".toml");
  const auto fail = [&](const std::string& reason) {
    throw InputError(path + ": cannot read this experiment file (" + reason + ")" +
                     (named_as_one ? "" : "; a loss on the command line is given as --loss EXPR"));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail("it is a folder");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail(std::strerror(errno));
  std::ostringstream text;
  if (stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (stream.bad()) fail("it cannot be read to its end");
  return text.str();
}

toml::table parse_toml(const std::string& text, const std::string& path) {
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    // toml++ does not say what most often was meant.
    const auto says = [&](std::string_view words) { return error.description().find(words) != std::string_view::npos; };
    const std::string hint =
        says("could not determine value type") ? "; text stands in quotes, for example loss = \"double-well\""
        : says("is not representable in 64 bits")
            ? "; a number above 2^63 - 1 stands in quotes, for example seed = \"9223372036854775808\""
            : "";
    throw InputError(place(path, error.source().begin) + std::string(error.description()) + hint);
  }
}

std::string place(const std::string& path, const toml::source_position& position) {
  if (!position) return path + ": ";
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

std::vector<std::string> OptionValues::texts(const Option& option, const toml::node& node) const {
  const bool array_allowed = option.form == Form::numbers || option.form == Form::matrix || option.form == Form::texts;
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
std::string OptionValues::matrix_text(const Option& option, const toml::array& array) const {
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

std::string OptionValues::scalar_text(const Option& option, const toml::node& node) const {
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

void OptionValues::wrong_type(const Option& option, const toml::node& node) const {
  throw InputError(place(path_, node.source().begin) + option.name + ": must be " + expected_type(option.form) +
                   ", not " + type_name(node));
}

std::string OptionValues::assigned_text(const Option& option, const std::string& name, const toml::node& node) const {
  if (node.is_array()) return matrix_text(option, *node.as_array());
  if (!node.is_string() && !node.is_number()) {
    throw InputError(place(path_, node.source().begin) + option.name + '.' + name +
                     ": must be a number, a string or a matrix, not " + type_name(node));
  }
  return scalar_text(option, node);
}

std::string OptionValues::where(const toml::node& node, const std::string& name,
                                const std::vector<std::string>& texts) const {
  std::string text = place(path_, node.source().begin) + name;
  if (texts.size() == 1 && texts.front().size() <= 60) text += " = " + texts.front();
  return text;
}

}  // namespace isotherm::cli
