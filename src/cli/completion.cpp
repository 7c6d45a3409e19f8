#include "cli/completion.hpp"

#include <functional>
#include <map>

#include "cli/command_table.hpp"
#include "cli/options.hpp"
#include "cli/values.hpp"

namespace isotherm::cli {
namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> choices_of(const Option& option) {
  return option.choices ? option.choices() : std::vector<std::string>{};
}

/// Every option of any command, once.
std::map<std::string, const Option*> options_by_name() {
  std::map<std::string, const Option*> all;
  for (const CommandDescription& command : command_table())
    for (const Option* option : command.options) all.emplace(option->name, option);
  return all;
}

/// The first sentence, or what stands before its first colon: a line beside a completion.
std::string brief(const std::string& help) {
  std::string text = help.substr(0, help.find(". "));
  for (const char* end : {": ", "; ", ", see"}) text = text.substr(0, text.find(end));
  std::erase(text, '`');
  return text;
}

/// With what would end a text in single quotes, or mean something inside them, escaped.
std::string replaced(const std::string& text, const std::map<char, std::string>& by) {
  std::string result;
  for (const char c : text) {
    const auto found = by.find(c);
    result += found == by.end() ? std::string(1, c) : found->second;
  }
  return result;
}

// Words are cut at spaces here, since bash cuts them at ':' and '=' too, which stand in values: "--expect consistent:".
// What bash puts in is then what follows the last such character.
constexpr const char* bash_frame = R"BASH(
_isotherm() {
  local line=${COMP_LINE:0:COMP_POINT} current previous command prefix= candidates= i
  local -a typed
  read -ra typed <<<"$line"
  current=${line##*[[:space:]]}
  [[ -n $current ]] && unset 'typed[-1]'
  previous=${typed[-1]}
  command=${typed[1]-}
  COMPREPLY=()

  if [[ $current == --*=* ]]; then
    previous=${current%%=*} prefix=$previous= current=${current#*=}
  elif [[ ${#typed[@]} -le 1 ]]; then
    candidates="$_isotherm_commands --help --version"
    previous=
  fi

  if [[ -z $candidates && $previous == --* ]]; then
    case $(_isotherm_value "$previous") in
      flag) ;;
      file) _isotherm_paths -f "$prefix" "$current"; return ;;
      folder) _isotherm_paths -d "$prefix" "$current"; return ;;
      *) candidates=$(_isotherm_value "$previous"); [[ -z $candidates ]] && return ;;
    esac
    if [[ -n $candidates && $previous == --format && $current == *,* ]]; then
      prefix+=${current%,*}, current=${current##*,}
    fi
  fi
  if [[ -z $candidates ]]; then
    case $current in
      -*) candidates=$(_isotherm_options "$command") ;;
      *)
        candidates=$(_isotherm_words "$command")
        case $candidates in
          file) _isotherm_paths -f '' "$current" toml; return ;;
          folder) _isotherm_paths -d '' "$current"; return ;;
        esac
        ;;
    esac
  fi

  # What stands before the last of bash's own separators is on the line already.
  local whole=$prefix$current before=
  for ((i = ${#whole} - 1; i >= 0; --i)); do
    if [[ ${whole:i:1} == [:=] && $COMP_WORDBREAKS == *"${whole:i:1}"* ]]; then
      before=${whole:0:i+1}
      break
    fi
  done
  local word
  for word in $(compgen -W "$candidates" -- "$current"); do
    word=$prefix$word
    COMPREPLY+=("${word#"$before"}")
  done
  # After "student-t:" its number follows, not a blank.
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
  return 0
}

# -f or -d, what stands before the path, the path so far, and the extension that files should have.
_isotherm_paths() {
  local path
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do
    if [[ -z ${4-} || -d $path || $path == *".${4-}" ]]; then
      [[ -n $2 && $COMP_WORDBREAKS != *=* ]] && path=$2$path
      COMPREPLY+=("$path")
    fi
  done < <(compgen "$1" -- "$3")
}

complete -F _isotherm isotherm
)BASH";

std::string bash_script() {
  std::string options, words, values;
  for (const CommandDescription& command : command_table()) {
    std::string names;
    for (const Option* option : command.options) names += "--" + option->name + ' ';
    options += "    " + command.name + ") echo '" + names + "--help' ;;\n";
    std::string what;
    if (command.argument == Argument::experiment_file) what = "file";
    if (command.argument == Argument::folder) what = "folder";
    if (command.argument == Argument::words) what = listed(command.words());
    if (!what.empty()) words += "    " + command.name + ") echo '" + what + "' ;;\n";
  }
  for (const auto& [name, option] : options_by_name()) {
    std::string what = listed(choices_of(*option));
    if (option->form == Form::flag) what = "flag";
    if (option->path == Path::file) what = "file";
    if (option->path == Path::folder) what = "folder";
    if (!what.empty()) values += "    --" + name + ") echo '" + what + "' ;;\n";
  }
  return "# Completion of isotherm in bash. Written by `isotherm completion bash`.\n\n_isotherm_commands='" +
         listed(command_names()) + "'\n\n_isotherm_options() {\n  case $1 in\n" + options +
         "  esac\n}\n\n# What stands beside the options.\n_isotherm_words() {\n  case $1 in\n" + words +
         "  esac\n}\n\n# What an option takes: words, or file, folder, or flag for nothing.\n"
         "_isotherm_value() {\n  case $1 in\n" +
         values + "    --help) echo flag ;;\n  esac\n}\n" + bash_frame;
}

std::string zsh_script() {
  const std::map<char, std::string> description = {{'\'', "'\\''"}, {'[', "\\["}, {']', "\\]"}, {':', "\\:"}};
  const std::map<char, std::string> value = {{'\'', "'\\''"}, {':', "\\:"}};
  std::string text =
      "#compdef isotherm\n# Completion of isotherm in zsh. Written by `isotherm completion zsh`.\n\n"
      "_isotherm() {\n  local context state state_descr line\n  typeset -A opt_args\n"
      "  _arguments -C '(- *)--help[help]' '(- *)--version[the version]' '1:command:->command' "
      "'*::argument:->argument'\n"
      "  case $state in\n  command)\n    local -a commands=(\n";
  for (const CommandDescription& command : command_table())
    text += "      '" + command.name + ':' + replaced(command.summary, value) + "'\n";
  text += "    )\n    _describe command commands\n    ;;\n  argument)\n    case $words[1] in\n";
  for (const CommandDescription& command : command_table()) {
    text += "    " + command.name + ")\n      _arguments '--help[help]'";
    for (const Option* option : command.options) {
      text += " \\\n        '" + std::string(option->repeatable ? "*" : "") + "--" + option->name;
      const bool flag = option->form == Form::flag;
      text += (flag ? "[" : "=[") + replaced(brief(option->help), description) + ']';
      if (!flag) {
        text += ':' + replaced(option->placeholder, value) + ':';
        const std::vector<std::string> choices = choices_of(*option);
        if (option->path == Path::file)
          text += "_files";
        else if (option->path == Path::folder)
          text += "_files -/";
        else if (!choices.empty())
          text += '(' + replaced(listed(choices), value) + ')';
        else
          text += ' ';
      }
      text += '\'';
    }
    if (command.argument == Argument::experiment_file) text += " \\\n        '1:experiment file:_files -g \"*.toml\"'";
    if (command.argument == Argument::folder) text += " \\\n        '1:folder:_files -/'";
    if (command.argument == Argument::words)
      text += " \\\n        '*:word:(" + replaced(listed(command.words()), value) + ")'";
    text += "\n      ;;\n";
  }
  return text +
         "    esac\n    ;;\n  esac\n}\n\ncompdef _isotherm isotherm\n[[ $funcstack[1] == _isotherm ]] && _isotherm "
         "\"$@\"\n";
}

std::string fish_script() {
  const std::map<char, std::string> quoted = {{'\'', "\\'"}, {'\\', "\\\\"}};
  std::string text =
      "# Completion of isotherm in fish. Written by `isotherm completion fish`.\n\n"
      "complete -c isotherm -f\n"
      "complete -c isotherm -l help -d 'help'\n"
      "complete -c isotherm -n __fish_use_subcommand -l version -d 'the version'\n";
  for (const CommandDescription& command : command_table())
    text += "complete -c isotherm -n __fish_use_subcommand -a " + command.name + " -d '" +
            replaced(command.summary, quoted) + "'\n";
  for (const CommandDescription& command : command_table()) {
    const std::string here = "complete -c isotherm -n '__fish_seen_subcommand_from " + command.name + "' ";
    text += '\n';
    if (command.argument == Argument::experiment_file) text += here + "-k -a '(__fish_complete_suffix .toml)'\n";
    if (command.argument == Argument::folder) text += here + "-a '(__fish_complete_directories)'\n";
    if (command.argument == Argument::words) text += here + "-a '" + listed(command.words()) + "'\n";
    for (const Option* option : command.options) {
      text += here + "-l " + option->name;
      const std::vector<std::string> choices = choices_of(*option);
      if (option->path == Path::file)
        text += " -r -F";
      else if (option->path == Path::folder)
        text += " -x -a '(__fish_complete_directories)'";
      else if (!choices.empty())
        text += " -x -a '" + listed(choices) + '\'';
      else if (option->form != Form::flag)
        text += " -x";
      text += " -d '" + replaced(brief(option->help), quoted) + "'\n";
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  if (read_choice(shell, completion_shells()) == "bash") return bash_script();
  return shell == "zsh" ? zsh_script() : fish_script();
}

}  // namespace isotherm::cli
