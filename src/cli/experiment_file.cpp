#include "cli/experiment_file.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/options.hpp"
#include "cli/toml_values.hpp"
#include "output/number.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Applies a table to an experiment.
class Reader {
 public:
  Reader(const std::string& path, Experiment& experiment, std::string_view besides)
      : values_(path), experiment_(experiment), besides_(besides) {}

  void table(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (!besides_.empty() && name == besides_) continue;
      const Option* option = find_option(name);
      if (option == nullptr) throw InputError(place(values_.path(), key.source().begin) + unknown_key(name));
      if (option->form == Form::assignments) {
        assignments(*option, node);
      } else {
        set(*option, values_.texts(*option, node), node, name);
      }
    }
  }

 private:
  static std::string unknown_key(const std::string& name) {
    if (name == "sweep") return "[sweep] makes this a sweep of many runs; give it to isotherm sweep";
    const std::string near = did_you_mean(name, "");
    return "unknown key '" + name + "'" +
           (near.empty() ? "; keys are the options of isotherm run without the dashes" : near);
  }

  void set(const Option& option, const std::vector<std::string>& texts, const toml::node& node,
           const std::string& name) {
    apply(option, texts, experiment_, values_.where(node, name, texts), true);
  }

  void assignments(const Option& option, const toml::node& node) {
    const toml::table* entries = node.as_table();
    if (entries == nullptr) values_.wrong_type(option, node);
    for (const auto& [key, value] : *entries) {
      const std::string name(key.str());
      set(option, {name + '=' + values_.assigned_text(option, name, value)}, value, option.name + '.' + name);
    }
  }

  OptionValues values_;
  Experiment& experiment_;
  std::string_view besides_;
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

void read_experiment_table(const toml::table& table, const std::string& path, std::string_view besides,
                           Experiment& experiment) {
  Reader(path, experiment, besides).table(table);
}

void read_experiment_text(const std::string& text, const std::string& path, Experiment& experiment) {
  read_experiment_table(parse_toml(text, path), path, "", experiment);
}

void read_experiment_file(const std::string& path, Experiment& experiment) {
  read_experiment_text(read_text_file(path), path, experiment);
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
