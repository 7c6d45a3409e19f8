#include "cli/help.hpp"

#include <algorithm>

#include "cli/command_table.hpp"
#include "cli/options.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

constexpr std::size_t hanging = 30;  ///< column at which descriptions begin

/// "  --eta ETA       description", the description wrapped beside or below.
std::string entry(const std::string& words, const std::string& description, std::size_t width,
                  std::size_t column = hanging) {
  const std::string indent(column, ' ');
  std::string text = output::wrapped(description, std::max<std::size_t>(width, column + 30), indent);
  const std::string head = "  " + words;
  if (text.empty() || head.size() + 2 > column) return head + '\n' + text;
  return head + text.substr(head.size());
}

std::string option_entry(const Option& option, std::size_t width) {
  const std::string placeholder = option.placeholder.empty() ? "" : ' ' + option.placeholder;
  const std::string fallback = default_value(option);
  return entry("--" + option.name + placeholder, option.help + (fallback.empty() ? "" : " [" + fallback + ']'), width);
}

/// Options under the headings of their groups; those of a command that has only a few of them, without headings.
std::string option_list(const CommandDescription& command, std::size_t width) {
  const bool grouped = command.options.size() > 20;
  std::string text, group;
  for (const Option* option : command.options) {
    if (text.empty() && !(grouped && !option->group.empty())) text += '\n';
    if (grouped && option->group != group) text += '\n' + output::wrapped((group = option->group) + ":", width);
    text += option_entry(*option, width);
  }
  return text;
}

std::string examples(const CommandDescription& command) {
  std::string text = command.examples.empty() ? "" : "\nExamples:\n";
  for (const CommandExample& example : command.examples)
    text += "  " + example.line + '\n' + (example.purpose.empty() ? "" : "      " + example.purpose + '\n');
  return text;
}

std::string command_help(const CommandDescription& command, std::size_t width) {
  std::string text = "isotherm " + command.name + (command.usage.empty() ? "" : ' ' + command.usage) + "\n\n" +
                     output::wrapped(command.purpose, width);
  if (!command.syntax.empty()) text += '\n' + command.syntax;
  text += option_list(command, width) + examples(command);
  if (!command.exit_status.empty()) text += '\n' + output::wrapped("Exit status: " + command.exit_status, width);
  return text;
}

}  // namespace

std::string help_text(const std::string& command, std::size_t width) {
  if (const CommandDescription* description = find_command(command)) return command_help(*description, width);
  constexpr std::size_t column = 16;
  std::string text = "isotherm measures the temperature of stochastic gradient descent.\n", group;
  for (const CommandDescription& row : command_table()) {
    if (row.group != group) text += '\n' + (group = row.group) + ":\n";
    text += entry(row.name, row.summary, width, column);
  }
  return text +
         "\nTry:\n"
         "  isotherm run --loss double-well --eta 0.05\n"
         "  isotherm run --loss \"x^4/4 - x^2/2 + 0.05*x\" --eta 0.02 --sigma 1 --particles 4e6\n"
         "  isotherm run --help\n\n" +
         output::wrapped("`isotherm COMMAND --help` tells all about a command, `isotherm --version` the version.",
                         width);
}

}  // namespace isotherm::cli
