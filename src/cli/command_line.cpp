#include "cli/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>

#include "cli/command_table.hpp"
#include "cli/completion.hpp"
#include "cli/experiment_file.hpp"
#include "cli/help.hpp"
#include "cli/list.hpp"
#include "cli/manual.hpp"
#include "cli/options.hpp"
#include "cli/toml_values.hpp"
#include "cli/values.hpp"
#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"

namespace isotherm::cli {
namespace {

bool is_option_word(const std::string& word) {
  return word.starts_with("--") && find_option(word.substr(2, word.find('=') - 2)) != nullptr;
}

[[noreturn]] void missing_value(const Option& option) {
  throw InputError("--" + option.name + ": needs a value, for example --" + option.name + ' ' + option.example);
}

/// `run` or `predict`: an experiment file and the table of options; `bench`: some of those options.
class ExperimentCommand {
 public:
  ExperimentCommand(CLI::App& app, const std::string& name, std::vector<const Option*> options, bool takes_file)
      : app_(app.add_subcommand(name)), options_(std::move(options)) {
    const CLI::callback_t unconverted = [](const CLI::results_t&) { return true; };
    app_->allow_extras();
    if (takes_file) file_ = app_->add_option("EXPERIMENT.toml", unconverted);
    for (const Option* known : options_) {
      const Option& option = *known;
      CLI::Option* added = nullptr;
      if (option.form == Form::flag) {
        added = app_->add_flag("--" + option.name);
      } else {
        // CLI11 only collects the words: one for each time that the option stands there.
        added = app_->add_option("--" + option.name, unconverted)->expected(1)->allow_extra_args(false);
      }
      words_[option.name] = added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }

  bool parsed() const { return app_->parsed(); }
  CLI::App& app() { return *app_; }

  Experiment experiment() const {
    refuse_extras();
    for (const Option* option : options_) check_words(*option);
    Experiment experiment;
    if (file_ != nullptr && !file_->empty()) read_experiment_file(file_->results().front(), experiment);
    for (const Option* option : options_) {
      const CLI::Option* words = words_.at(option->name);
      if (!words->empty()) apply_words(*option, words->results(), experiment);
    }
    return experiment;
  }

  /// The same not applied yet: the file's text, and the options with their words.
  SweepRequest sweep() const {
    refuse_extras();
    for (const Option* option : options_) check_words(*option);
    if (file_->empty())
      throw InputError(
          "no experiment to sweep; give a file with a table [sweep], for example isotherm sweep sweep.toml");
    return {file_->results().front(), read_text_file(file_->results().front()), given()};
  }

  ResumeRequest resume() const {
    refuse_extras();
    for (const Option* option : options_) check_words(*option);
    if (file_->empty())
      throw InputError("no run to go on with; give its folder, for example isotherm resume isotherm-output");
    return {file_->results().front(), given()};
  }

 private:
  /// The options that stand there, with their words.
  std::vector<std::pair<std::string, std::vector<std::string>>> given() const {
    std::vector<std::pair<std::string, std::vector<std::string>>> options;
    for (const Option* option : options_)
      if (const CLI::Option* words = words_.at(option->name); !words->empty())
        options.emplace_back(option->name, words->results());
    return options;
  }

  void refuse_extras() const {
    for (const std::string& word : app_->remaining()) {
      if (!word.starts_with('-') || word == "-") continue;
      const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
      if (app_->get_name() == "resume" && is_option_word(word))
        throw InputError("isotherm resume takes no " + clipped(word.substr(0, word.find('='))) +
                         ": the experiment is that of the checkpoint; isotherm resume --help lists what may change");
      const std::string near = file_ != nullptr ? did_you_mean(name.substr(0, name.find('=')), "--") : "";
      throw InputError("unknown option " + clipped(word.substr(0, word.find('='))) +
                       (near.empty() ? "; isotherm " + app_->get_name() + " --help lists all of them" : near));
    }
    for (const std::string& word : app_->remaining()) {
      if (file_ == nullptr)
        throw InputError("unexpected '" + clipped(word) + "'; isotherm " + app_->get_name() +
                         " --help lists what it takes");
      if (app_->get_name() == "resume")
        throw InputError("unexpected '" + clipped(word) + "': there is one folder, for example isotherm resume " +
                         clipped(file_->results().front()));
      throw InputError("unexpected '" + clipped(word) +
                       "': there is one experiment file, and every option begins with --, for example --eta 0.05");
    }
  }

  /// Before the file is read: an option that swallowed its neighbour leaves a word that looks like a file.
  void check_words(const Option& option) const {
    const std::vector<std::string>& words = words_.at(option.name)->results();
    if (option.form == Form::flag) return;
    if (words.size() > 1 && !option.repeatable) {
      throw InputError("--" + option.name + ": given " + std::to_string(words.size()) + " times; give it once");
    }
    if (std::any_of(words.begin(), words.end(), is_option_word)) missing_value(option);
  }

  CLI::App* app_;
  std::vector<const Option*> options_;
  CLI::Option* file_ = nullptr;
  std::map<std::string, CLI::Option*> words_;
};

std::vector<const Option*> all_options() {
  std::vector<const Option*> all;
  for (const Option& option : options()) all.push_back(&option);
  return all;
}

void refuse_unknown_command(const std::vector<std::string>& arguments) {
  const std::string& word = arguments.front();
  if (find_command(word) != nullptr) return;
  if (is_option_word(word)) {
    throw InputError("options follow a command, for example isotherm run " + clipped(word));
  }
  const std::string near = loss::nearest(word, command_names());
  throw InputError("unknown command " + clipped(word) +
                   (near.empty() ? "; isotherm --help lists the commands" : "; did you mean " + near + "?"));
}

/// The one word that `list` or `completion` takes.
std::string read_word(const std::string& command, const std::string& noun, const std::vector<std::string>& words) {
  const std::vector<std::string> choices = find_command(command)->words();
  if (words.empty()) return "";
  if (words.size() > 1)
    throw InputError("isotherm " + command + " takes one " + noun + ", for example isotherm " + command + ' ' +
                     choices.front());
  try {
    return read_choice(words.front(), choices);
  } catch (const ValueError& error) {
    throw InputError("isotherm " + command + ' ' + clipped(words.front()) + ": " + noun + ' ' + error.what());
  }
}

void check_predictions(const std::vector<std::string>& words) {
  try {
    read_predictions(words.front());
  } catch (const ValueError& error) {
    throw InputError("--predictions " + clipped(words.front()) + ": " + error.what());
  }
}

/// What CLI11 found wrong, as one line of ours.
[[noreturn]] void rethrow(const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const std::string& last = arguments.back();
  if (is_option_word(last)) {
    const Option& option = *find_option(last.substr(2, last.find('=') - 2));
    if (option.form != Form::flag) missing_value(option);
  }
  std::string message = error.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  throw InputError(message);
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, std::size_t width) {
  CommandLine line;
  const std::string first = arguments.empty() ? "" : arguments.front();
  if (first.empty() || first == "--help" || first == "-h" || first == "help") {
    if (arguments.size() == 2 && first == "help") refuse_unknown_command({arguments.back()});
    line.text = help_text(arguments.size() == 2 ? arguments.back() : "", width);
    return line;
  }
  if (first == "--version" || first == "-V") {
    line.text = "isotherm " ISOTHERM_VERSION "\n";
    return line;
  }
  refuse_unknown_command(arguments);
  if (std::any_of(arguments.begin() + 1, arguments.end(),
                  [](const std::string& word) { return word == "--help" || word == "-h"; })) {
    line.text = help_text(first, width);
    return line;
  }

  CLI::App app;
  std::string ignored;
  app.require_subcommand(1);
  app.set_help_flag();
  const ExperimentCommand run(app, "run", all_options(), true), predict(app, "predict", all_options(), true),
      extrapolate(app, "extrapolate", all_options(), true);
  ExperimentCommand bench(app, "bench", bench_options(), false);
  const ExperimentCommand resume(app, "resume", resume_options(), true);
  ExperimentCommand sweep(app, "sweep", all_options(), true);
  const CLI::Option* predictions =
      sweep.app().add_option("--predictions", ignored)->expected(1)->allow_extra_args(false);
  const CLI::Option* quick = bench.app().add_flag("--quick");
  bench.app().add_option("--cases", line.cases)->expected(1)->allow_extra_args(false);
  CLI::App* report = app.add_subcommand("report")->allow_extras();
  const CLI::Option* png = report->add_flag("--png");
  ExperimentCommand reproduce(app, "reproduce", reproduce_options(), false);
  std::vector<std::string> claims;
  reproduce.app().add_option("CLAIM", claims)->expected(0, -1);
  const CLI::Option* smaller = reproduce.app().add_flag("--quick");
  const CLI::Option* full = reproduce.app().add_flag("--full");
  CLI::App* list = app.add_subcommand("list")->allow_extras();
  CLI::App* info = app.add_subcommand("info")->allow_extras();
  CLI::App* completion = app.add_subcommand("completion")->allow_extras();
  CLI::App* man = app.add_subcommand("man")->allow_extras();
  const CLI::Option* markdown = man->add_flag("--markdown");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    rethrow(error, arguments);
  }

  if (run.parsed()) {
    line.command = Command::run;
    line.experiment = run.experiment();
  } else if (resume.parsed()) {
    line.command = Command::resume;
    line.resume = resume.resume();
  } else if (predict.parsed()) {
    line.command = Command::predict;
    line.experiment = predict.experiment();
  } else if (extrapolate.parsed()) {
    line.command = Command::extrapolate;
    line.experiment = extrapolate.experiment();
  } else if (sweep.parsed()) {
    line.command = Command::sweep;
    line.sweep = sweep.sweep();
    if (!predictions->empty()) {
      check_predictions(predictions->results());
      line.sweep.options.emplace_back("predictions", predictions->results());
    }
  } else if (reproduce.parsed()) {
    line.command = Command::reproduce;
    if (!smaller->empty() && !full->empty()) throw InputError("--quick and --full exclude each other; drop one");
    const Experiment words = reproduce.experiment();
    line.reproduce = {.ids = claims,
                      .full = !full->empty(),
                      .json = words.json,
                      .quiet = words.quiet,
                      .threads = words.threads,
                      .output = words.output == Experiment().output ? ReproduceOptions().output : words.output};
  } else if (bench.parsed()) {
    line.command = Command::bench;
    line.experiment = bench.experiment();
    line.quick = !quick->empty();
  } else if (report->parsed()) {
    line.command = Command::report;
    line.report = {report->remaining(), !png->empty()};
    for (const std::string& word : line.report.folders)
      if (word.starts_with("-") && word != "-")
        throw InputError("unknown option " + clipped(word) + "; isotherm report OUTPUT takes --png");
  } else if (list->parsed()) {
    line.command = Command::list;
    line.topic = read_word("list", "topic", list->remaining());
  } else if (completion->parsed()) {
    const std::string shell = read_word("completion", "shell", completion->remaining());
    if (shell.empty()) throw InputError("for which shell? try isotherm completion bash, zsh or fish");
    line.text = completion_script(shell);
  } else if (man->parsed()) {
    if (!man->remaining().empty())
      throw InputError("isotherm man takes --markdown, but got " + clipped(man->remaining().front()));
    line.text = markdown->empty() ? manual_page() : options_in_markdown();
  } else {
    if (!info->remaining().empty())
      throw InputError("isotherm info takes no options, but got " + clipped(info->remaining().front()));
    line.command = Command::info;
  }
  return line;
}

}  // namespace isotherm::cli
