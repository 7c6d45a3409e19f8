#include "cli/manual.hpp"

#include <algorithm>
#include <cctype>
#include <span>

#include "cli/command_table.hpp"
#include "cli/options.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

struct Variable {
  const char *name, *meaning;
};

constexpr Variable environment[] = {
    {"COLUMNS",
     "The width that output is laid out for, instead of the terminal's, or of 100 columns where there is no "
     "terminal."},
    {"NO_COLOR", "Set and not empty: no colours. There are none but on a terminal in any case."},
    {"ISOTHERM_SIMD", "Forces a SIMD target of the CPU engine (`isotherm info` names them). The result is the same."},
    {"ISOTHERM_CACHE", "Folder of compiled GPU kernels, otherwise isotherm in $XDG_CACHE_HOME or ~/.cache."},
};

constexpr Variable files[] = {
    {"result.json", "Everything that was measured, predicted and compared."},
    {"report.html", "The same in figures; one file."},
    {"histograms.json", "The histograms in the Unified Histogram Interface's schema; others by --format."},
    {"predictions.json", "What each theory predicts."},
    {"experiment.toml", "The experiment with every default filled in: isotherm run FILE repeats it to the last bit."},
};

/// Text that roff sets as it is, not as hyphens, accents and typographic quotes.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '"':
        result += "\\(dq";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// Markdown's links as their texts, and its code in bold.
std::string from_markdown(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      const std::size_t end = std::min(text.find('`', i + 1), text.size());
      result += "\\fB" + escaped(text.substr(i + 1, end - i - 1)) + "\\fP";
      i = end;
    } else if (const std::size_t middle = text.find("](", i); text[i] == '[' && middle < text.find('[', i + 1)) {
      result += from_markdown(text.substr(i + 1, middle - i - 1));
      i = text.find(')', middle);
    } else {
      result += escaped(std::string(1, text[i]));
    }
  }
  return result;
}

/// Lines of text no longer than mandoc likes them; requests, and what .nf keeps as it is, stay whole.
std::string filled(const std::string& page) {
  std::string result;
  bool verbatim = false;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = page.find('\n', at);
    const std::string line = page.substr(at, end - at);
    at = end + 1;
    if (line.starts_with(".nf") || line.starts_with(".fi")) verbatim = line.starts_with(".nf");
    result += verbatim || line.starts_with('.') ? line + '\n' : output::wrapped(line, 78);
  }
  return result;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

const std::string& meaning_of(const Option& option) { return option.meaning.empty() ? option.help : option.meaning; }

/// The default in words; "" if there is none.
std::string fallback_of(const Option& option) {
  if (!option.fallback.empty()) return option.fallback;
  const std::string value = default_value(option);
  return value.empty() ? "" : '`' + value + '`';
}

std::string option_paragraph(const Option& option) {
  std::string text = ".TP\n\\fB" + escaped("--" + option.name) + "\\fP";
  if (!option.placeholder.empty()) text += " \\fI" + escaped(option.placeholder) + "\\fP";
  text += '\n' + from_markdown(sentence(meaning_of(option)));
  const std::string fallback = fallback_of(option);
  if (fallback == "required") return text + " Required.\n";
  if (!fallback.empty()) text += " Default: " + from_markdown(fallback) + '.';
  return text + '\n';
}

std::string command_paragraphs(const CommandDescription& command) {
  std::string text = ".SS " + escaped(command.name) + "\n.B isotherm " + escaped(command.name) + '\n';
  if (!command.usage.empty()) text += escaped(command.usage) + '\n';
  text += ".PP\n" + from_markdown(command.purpose) + '\n';
  if (!command.syntax.empty()) {
    text += ".PP\n.nf\n.RS\n";
    for (std::size_t at = 0; at < command.syntax.size();) {
      const std::size_t end = command.syntax.find('\n', at);
      text += escaped(command.syntax.substr(at + 2, end - at - 2)) + '\n';
      at = end + 1;
    }
    text += ".RE\n.fi\n";
  }
  std::string shared;
  for (const Option* option : command.options) {
    if (!option->write) {
      text += option_paragraph(*option);
    } else if (command.options.size() < 20) {
      shared += (shared.empty() ? "" : ", ") + ("`--" + option->name + '`');
    }
  }
  if (!shared.empty()) text += ".PP\nAlso " + from_markdown(shared) + ", as under OPTIONS.\n";
  if (!command.exit_status.empty()) text += ".PP\nExit status: " + escaped(command.exit_status) + '\n';
  return text;
}

std::string variables(const char* heading, std::span<const Variable> rows) {
  std::string text = std::string(".SH ") + heading + '\n';
  for (const Variable& row : rows)
    text += std::string(".TP\n.B ") + escaped(row.name) + '\n' + from_markdown(row.meaning) + '\n';
  return text;
}

}  // namespace

std::string manual_page() {
  std::string text =
      ".\\\" Written by `isotherm man` from the tables of commands and options.\n"
      ".TH ISOTHERM 1 " ISOTHERM_DATE " \"isotherm " ISOTHERM_VERSION
      "\" \"User Commands\"\n"
      ".SH NAME\nisotherm \\- measures the temperature of stochastic gradient descent\n"
      ".SH SYNOPSIS\n.nh\n.ad l\n";
  for (const CommandDescription& command : command_table()) {
    text +=
        (&command == &command_table().front() ? ".B isotherm " : ".br\n.B isotherm ") + escaped(command.name) + '\n';
    if (!command.usage.empty()) text += escaped(command.usage) + '\n';
  }
  text +=
      ".ad b\n.hy\n.SH DESCRIPTION\n"
      "isotherm moves millions to billions of particles, each running an optimizer or a Langevin equation on your "
      "loss,\n"
      "counts them into histograms while they move, and ends with a verdict: whether the stationary density is\n"
      "Gibbs\\(aq, exp(\\-L/(alpha eta sigma\\(ha2)), at which alpha, and how far it is from theory beside what "
      "sampling "
      "noise\nalone would give.\n"
      ".PP\nResults go to standard output and to the output folder, messages and progress to standard error.\n"
      ".SH COMMANDS\n";
  for (const CommandDescription& command : command_table()) text += command_paragraphs(command);
  text +=
      ".SH OPTIONS\nThose of \\fBrun\\fP, \\fBpredict\\fP, \\fBextrapolate\\fP and \\fBsweep\\fP. Each is also a key "
      "of "
      "an experiment file, a TOML file,\nunder its own name without the dashes; the command line wins.\n";
  std::string group;
  for (const Option& option : options()) {
    if (option.group != group) text += ".SS \"" + from_markdown(group = option.group) + "\"\n";
    text += option_paragraph(option);
  }
  text += ".SH \"EXIT STATUS\"\n";
  constexpr Variable statuses[] = {{"0", "Done, whatever the verdict."},
                                   {"1", "The run failed, or --expect was not met."},
                                   {"2", "Wrong input; standard error has a line that says what would be right."},
                                   {"128+N", "Ended by signal N, after saving."}};
  for (const Variable& row : statuses)
    text += std::string(".TP\n.B ") + row.name + '\n' + from_markdown(row.meaning) + '\n';
  text += variables("ENVIRONMENT", environment) + variables("FILES", files);
  text += ".SH EXAMPLES\n";
  for (const CommandDescription& command : command_table())
    for (const CommandExample& example : command.examples) {
      text += ".TP\n.B " + escaped(example.line) + '\n';
      const std::string purpose = example.purpose.empty() ? command.summary : example.purpose;
      text += escaped(static_cast<char>(std::toupper(purpose.front())) + sentence(purpose.substr(1))) + '\n';
    }
  return filled(
      text +
      ".SH \"SEE ALSO\"\nThe pages in the folder docs of the sources, and of the installed documentation: getting "
      "started, a tutorial, the\ntheory, the dynamics, the loss language, file formats.\n");
}

std::string options_in_markdown() {
  std::string text, group;
  for (const Option& option : options()) {
    if (option.group != group) {
      const std::string heading = option.group.substr(0, option.group.find(" (`"));
      text += (group.empty() ? "## " : "\n## ") + heading + "\n\n| option | meaning | default |\n|---|---|---|\n";
      group = option.group;
    }
    // A bar would end the cell of a table.
    std::string row, meaning = meaning_of(option);
    for (const char c : meaning) row += c == '|' ? std::string("\\|") : std::string(1, c);
    const std::string fallback = fallback_of(option);
    text += "| `" + option.name + "` | " + row + " |" + (fallback.empty() ? "" : ' ' + fallback) + " |\n";
  }
  return text;
}

}  // namespace isotherm::cli
