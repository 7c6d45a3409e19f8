#pragma once
// The one table of commands. From it and the table of options come `--help`, the manual and the shell completions; to
// add a command, add its row to command_table.cpp, its words to command_line.cpp and its work to commands.cpp.

#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace isotherm::cli {

/// What stands beside the options of a command.
enum class Argument { none, experiment_file, folder, words };

struct CommandExample {
  std::string line;          ///< as typed: "isotherm run --loss double-well"
  std::string purpose = {};  ///< what for, in a few words
};

struct CommandDescription {
  std::string name = {};
  std::string group = {};    ///< heading in `isotherm --help`
  std::string usage = {};    ///< after the name: "[EXPERIMENT.toml] [options]"
  std::string summary = {};  ///< one line, in `isotherm --help`
  std::string purpose = {};  ///< a paragraph
  std::string syntax = {};   ///< lines shown as they are, after the purpose; "" for none
  Argument argument = Argument::none;
  std::vector<std::string> (*words)() = nullptr;  ///< of Argument::words: what there is
  /// Those of this command alone first: their `read` and `write` are empty.
  std::vector<const Option*> options = {};
  std::vector<CommandExample> examples = {};
  std::string exit_status = {};  ///< a paragraph; "" where it is 0 or 2
};

const std::vector<CommandDescription>& command_table();

/// Null if there is none.
const CommandDescription* find_command(std::string_view name);

/// The names, in the order of the table.
std::vector<std::string> command_names();

/// What `isotherm completion` takes.
std::vector<std::string> completion_shells();

}  // namespace isotherm::cli
