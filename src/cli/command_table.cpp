#include "cli/command_table.hpp"

#include "batch/claim.hpp"
#include "cli/list.hpp"

namespace isotherm::cli {
namespace {

/// An option that one command has of its own, and experiment files do not.
const Option* own_option(const char* name, const char* placeholder, const char* help,
                         const std::vector<std::string>& choices = {}) {
  auto* option = new Option;  // lives as long as the program, as the tables do
  option->name = name;
  option->placeholder = placeholder;
  option->help = help;
  option->form = *placeholder == '\0' ? Form::flag : Form::text;
  if (!choices.empty()) option->choices = [choices] { return choices; };
  return option;
}

std::vector<const Option*> joined(std::vector<const Option*> own, const std::vector<const Option*>& more) {
  own.insert(own.end(), more.begin(), more.end());
  return own;
}

/// Without the one that means something else here.
std::vector<const Option*> without(std::string_view name, std::vector<const Option*> options) {
  std::erase_if(options, [&](const Option* option) { return option->name == name; });
  return options;
}

std::vector<const Option*> every_option() {
  std::vector<const Option*> all;
  for (const Option& option : options()) all.push_back(&option);
  return all;
}

std::vector<std::string> claim_ids() {
  std::vector<std::string> ids;
  for (const batch::Claim& claim : batch::claims()) ids.push_back(claim.id);
  return ids;
}

std::vector<std::string> topics() { return list_topics(); }

constexpr const char* look = "What there is";
constexpr const char* one_run = "One experiment";
constexpr const char* many_runs = "Many experiments";
constexpr const char* shells = "For packagers and shells";

constexpr const char* run_status =
    "0 done, whatever the verdict; 1 the run failed or --expect was not met; 2 wrong input; 128+N ended by signal N, "
    "after saving (isotherm resume).";

std::vector<CommandDescription> make_table() {
  std::vector<CommandDescription> table;
  table.push_back(
      {.name = "run",
       .group = one_run,
       .usage = "[EXPERIMENT.toml] [options]",
       .summary = "simulate, compare with theory, write a result",
       .purpose = "Advances an ensemble of particles on a loss, compares its stationary law with theory, and "
                  "writes result.json, histograms, report.html and experiment.toml. Every option is a key "
                  "of the experiment file under its own name; the command line wins.",
       .argument = Argument::experiment_file,
       .options = every_option(),
       .examples = {{"isotherm run --loss double-well --eta 0.05", "a named loss"},
                    {"isotherm run --loss \"x^4/4 - x^2/2 + 0.05*x\" --eta 0.02 --particles 4e6", "a loss of your own"},
                    {"isotherm run --loss \"x^2/2\" --dynamics momentum --mu 0.9 --eta 0.01", "another update rule"},
                    {"isotherm run --loss quadratic --eta 0.002 --expect consistent:gibbs --quiet",
                     "the verdict as exit status"},
                    {"isotherm run isotherm-output/experiment.toml --output again",
                     "a run once more, to the same last bit"}},
       .exit_status = run_status});
  table.push_back(
      {.name = "resume",
       .group = one_run,
       .usage = "FOLDER [options]",
       .summary = "go on with a run that was interrupted",
       .purpose =
           "Goes on with the run whose checkpoints are in the folder, or with its sweep, to the result that it would "
           "have had. The experiment is theirs; how it is computed may change. A run that has "
           "finished is left alone.",
       .argument = Argument::folder,
       .options = resume_options(),
       .examples = {{"isotherm resume isotherm-output", "after Ctrl-C, a power cut, or the end of a job"}},
       .exit_status = run_status});
  table.push_back({.name = "predict",
                   .group = one_run,
                   .usage = "[EXPERIMENT.toml] [options]",
                   .summary = "the theory alone, no particles",
                   .purpose = "The theory alone: temperature, partition function, moments and quantiles, no particles. "
                              "Every option is a key of the experiment file under its own name; the command line wins.",
                   .argument = Argument::experiment_file,
                   .options = every_option(),
                   .examples = {{"isotherm predict --loss double-well --eta 0.05", "every prediction of a run"},
                                {"isotherm predict --loss log-cosh --temperature 0.2 --json", "as JSON"}}});
  table.push_back({.name = "extrapolate",
                   .group = one_run,
                   .usage = "[EXPERIMENT.toml] [options]",
                   .summary = "alpha in the limit of small steps",
                   .purpose = "alpha in the limit of small steps: runs the experiment at 1, 3/4, 1/2, 3/8, 1/4 and 1/8 "
                              "of its eta (or dt), all at one temperature, and fits polynomials. Into --output go "
                              "extrapolation.json, the points as extrapolation.csv, and report.html.",
                   .argument = Argument::experiment_file,
                   .options = every_option(),
                   .examples = {{"isotherm extrapolate --loss double-well --eta 0.1 --particles 1e6", ""}},
                   .exit_status = "0 done; 1 a run failed; 2 wrong input; 128+N ended by signal N."});
  table.push_back(
      {.name = "report",
       .group = one_run,
       .usage = "OUTPUT [--png]",
       .summary = "report.html of a run, from its folder",
       .purpose = "Writes report.html and figures/*.svg again from what a run left in its folder: "
                  "result.json, histograms.json, predictions.json and experiment.toml; or reproduce.html, from "
                  "reproduce.json. `isotherm run` and `isotherm reproduce` write them by themselves.",
       .argument = Argument::folder,
       .options = {own_option("png", "", "Each figure also as PNG, by rsvg-convert (Debian package librsvg2-bin)")},
       .examples = {{"isotherm report isotherm-output", ""}}});
  table.push_back({.name = "sweep",
                   .group = many_runs,
                   .usage = "EXPERIMENT.toml [options]",
                   .summary = "many runs over values of options, one table",
                   .purpose = "Runs an experiment at every combination of the values in its table [sweep], side by "
                              "side, and writes one table, sweep.csv and sweep.json. The same command goes on where it "
                              "was interrupted; what is finished is not run again.",
                   .syntax = "  [sweep]\n"
                             "  mu = [0, 0.5, 0.9]\n"
                             "  batch-size = [1, 4, 16]\n"
                             "  sigma = {from = 0.5, to = 2, count = 4, spacing = \"log\"}\n"
                             "  set.h = [1, 2]                constants of the loss\n"
                             "  replicas = 3                  each setting with that many seeds\n"
                             "  [sweep.derived]\n"
                             "  eta = \"(1-mu)*batch_size*0.01\"\n"
                             "  [[sweep.point]]               lists of options that change together\n",
                   .argument = Argument::experiment_file,
                   .options = joined({own_option("predictions", "auto|none|gibbs|all",
                                                 "Theory that each point is compared with. auto takes what takes less "
                                                 "time than the particles do; estimates do not depend on it",
                                                 {"auto", "none", "gibbs", "all"})},
                                     every_option()),
                   .examples = {{"isotherm sweep momentum-scaling.toml --output scaling", ""}},
                   .exit_status = "0 done; 1 a point failed or --expect was not met; 2 wrong input; 128+N ended by "
                                  "signal N."});
  table.push_back(
      {.name = "reproduce",
       .group = many_runs,
       .usage = "[CLAIM...] [--quick|--full] [options]",
       .summary = "the lecture's claims, each measured",
       .purpose = "Measures the claims of the lecture that isotherm is built on (C01 to C35), facts beside "
                  "them (F1 to F5), traps and published values (T1 to T7), and says of each whether it holds. Writes "
                  "reproduce.json, reproduce.html to look at, its figures, and the experiments that were run.",
       .argument = Argument::words,
       .words = claim_ids,
       .options = joined({own_option("quick", "", "Some minutes on two cores; this is the default"),
                          own_option("full", "", "16 times the particles"),
                          own_option("output", "DIR", "Folder for all of it [isotherm-reproduce]")},
                         without("output", reproduce_options())),
       .examples = {{"isotherm reproduce C09 C14 --output claims", "two of them"}},
       .exit_status = "0 done, whatever the verdicts; 1 a corrected statement was rejected; 2 wrong input; "
                      "128+N ended by signal N."});
  table.push_back({.name = "list",
                   .group = look,
                   .usage = "[TOPIC]",
                   .summary = "losses, dynamics, noise laws, schedules, predictions, formats",
                   .purpose = "What there is to choose from: every name with a line, or with all about it those of one "
                              "topic: losses, dynamics, noise, schedules, predictions, formats.",
                   .argument = Argument::words,
                   .words = topics,
                   .examples = {{"isotherm list", "every name, one line each"},
                                {"isotherm list dynamics", "formulas, temperatures, options, sources"}}});
  table.push_back({.name = "bench",
                   .group = look,
                   .usage = "[options]",
                   .summary = "particle-steps per second here, and against the limit of the machine",
                   .purpose =
                       "Particle-steps per second of whole simulations over loss, dynamics, dimension, precision, "
                       "histogram, noise, particles, steps and threads, each against the limit of this machine; "
                       "then of every dynamics on the double well beside what the parts of its step cost alone. "
                       "Takes some minutes.",
                   .options = joined({own_option("quick", "", "Fewer, smaller and shorter cases: some seconds"),
                                      own_option("cases", "TEXT",
                                                 "Only cases with this in their names, such as loss/ or "
                                                 "noise/rademacher")},
                                     bench_options()),
                   .examples = {{"isotherm bench --quick", "some seconds"},
                                {"isotherm bench --cases noise/ --json", "the laws of noise, as JSON"}}});
  table.push_back({.name = "info",
                   .group = look,
                   .usage = "",
                   .summary = "version, build, backends, devices, SIMD",
                   .purpose = "Version, build, backends, devices and SIMD targets."});
  table.push_back(
      {.name = "completion",
       .group = shells,
       .usage = "bash|zsh|fish",
       .summary = "completions for a shell",
       .purpose = "Prints what completes commands, options and values in a shell. Installed packages have "
                  "it already; otherwise, for example in ~/.bashrc: source <(isotherm completion bash)",
       .argument = Argument::words,
       .words = completion_shells,
       .examples = {{"isotherm completion bash > ~/.local/share/bash-completion/completions/isotherm", "for bash"},
                    {"isotherm completion zsh > ~/.zfunc/_isotherm", "for zsh, with ~/.zfunc in fpath"},
                    {"isotherm completion fish > ~/.config/fish/completions/isotherm.fish", "for fish"}}});
  table.push_back(
      {.name = "man",
       .group = shells,
       .usage = "[--markdown]",
       .summary = "the manual page",
       .purpose = "Prints the manual page isotherm(1).",
       .options = {own_option("markdown", "", "The options alone, as the tables of docs/experiment-file.md")},
       .examples = {{"isotherm man | man -l -", "read it where it is not installed"}}});
  return table;
}

}  // namespace

const std::vector<CommandDescription>& command_table() {
  static const std::vector<CommandDescription> table = make_table();
  return table;
}

const CommandDescription* find_command(std::string_view name) {
  for (const CommandDescription& command : command_table())
    if (command.name == name) return &command;
  return nullptr;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const CommandDescription& command : command_table()) names.push_back(command.name);
  return names;
}

std::vector<std::string> completion_shells() { return {"bash", "zsh", "fish"}; }

}  // namespace isotherm::cli
