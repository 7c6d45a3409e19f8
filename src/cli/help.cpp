#include "cli/help.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/list.hpp"
#include "cli/options.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

constexpr std::size_t hanging = 30;  ///< column at which descriptions begin

/// "  --eta ETA       description", the description wrapped beside or below.
std::string entry(const std::string& words, const std::string& description, std::size_t width) {
  const std::string indent(hanging, ' ');
  std::string text = output::wrapped(description, std::max<std::size_t>(width, hanging + 30), indent);
  const std::string head = "  " + words;
  if (head.size() + 2 > hanging) return head + '\n' + text;
  return head + text.substr(head.size());
}

/// " [1000]": the default, where the option has one that a reader would miss.
std::string default_text(const Option& option) {
  if (option.form == Form::flag) return "";
  const nlohmann::ordered_json value = option.write(Experiment{});
  if (value.is_null()) return "";
  if (value.is_string()) return " [" + value.get<std::string>() + ']';
  if (value.is_array()) {
    std::string text;
    for (const auto& item : value) text += (text.empty() ? "" : ",") + item.get<std::string>();
    return " [" + text + ']';
  }
  return " [" + value.dump() + ']';
}

std::string option_entry(const Option& option, std::size_t width) {
  const std::string placeholder = option.placeholder.empty() ? "" : ' ' + option.placeholder;
  return entry("--" + option.name + placeholder, option.help + default_text(option), width);
}

std::string option_groups(std::size_t width) {
  std::string text, group;
  for (const Option& option : options()) {
    if (option.group != group) text += '\n' + output::wrapped((group = option.group) + ":", width);
    text += option_entry(option, width);
  }
  return text;
}

std::string bench_help(std::size_t width) {
  std::string text =
      "isotherm bench [options]\n\n" +
      output::wrapped(
          "Particle-steps per second of whole simulations over loss, dynamics, dimension, precision, "
          "histogram, noise, particles, steps and threads, each against the limit of this machine; then "
          "of every dynamics on the double well beside what the parts of its step cost alone. Takes some "
          "minutes.",
          width) +
      '\n' + entry("--quick", "Fewer, smaller and shorter cases: some seconds", width) +
      entry("--cases TEXT", "Only cases with this in their names, such as loss/ or noise/rademacher", width);
  for (const Option* option : bench_options()) text += option_entry(*option, width);
  return text;
}

std::string experiment_help(const std::string& command, const std::string& purpose, std::size_t width) {
  return "isotherm " + command + " [EXPERIMENT.toml] [options]\n\n" +
         output::wrapped(
             purpose + " Every option is a key of the experiment file under its own name; the command line wins.",
             width) +
         option_groups(width) +
         "\nExit status: 0 done, whatever the verdict; 1 the run failed or --expect was not met; 2 wrong input;\n"
         "128+N ended by signal N, after saving (isotherm resume).\n";
}

std::string sweep_help(std::size_t width) {
  const std::string purpose =
      "Runs an experiment at every combination of the values in its table [sweep], side by side, and writes one table, "
      "sweep.csv and sweep.json. The same command goes on where it was interrupted; what is finished is not run again.";
  return "isotherm sweep EXPERIMENT.toml [options]\n\n" + output::wrapped(purpose, width) +
         "\n  [sweep]\n"
         "  mu = [0, 0.5, 0.9]\n"
         "  batch-size = [1, 4, 16]\n"
         "  sigma = {from = 0.5, to = 2, count = 4, spacing = \"log\"}\n"
         "  set.h = [1, 2]                constants of the loss\n"
         "  replicas = 3                  each setting with that many seeds\n"
         "  [sweep.derived]\n"
         "  eta = \"(1-mu)*batch_size*0.01\"\n"
         "  [[sweep.point]]               lists of options that change together\n\n" +
         entry("--predictions auto|none|gibbs|all",
               "Theory that each point is compared with. auto takes what takes less time than the particles do; "
               "estimates do not depend on it",
               width) +
         option_groups(width) +
         "\nExit status: 0 done; 1 a point failed or --expect was not met; 2 wrong input; 128+N ended by signal N.\n";
}

std::string reproduce_help(std::size_t width) {
  std::string text =
      "isotherm reproduce [CLAIM...] [--quick|--full] [options]\n\n" +
      output::wrapped(
          "Measures the claims of the lecture that isotherm is built on (C01 to C35), facts beside them (F1 "
          "to F5), traps and published values (T1 to T7), and says of each whether it holds. Writes reproduce.json and "
          "the "
          "experiments that were run.",
          width) +
      '\n' + entry("--quick", "Some minutes on two cores; this is the default", width) +
      entry("--full", "16 times the particles", width);
  for (const Option* option : reproduce_options())
    text += option->name == "output"
                ? entry("--output DIR", "Folder for reproduce.json and the experiments [isotherm-reproduce]", width)
                : option_entry(*option, width);
  return text +
         "\nExit status: 0 done, whatever the verdicts; 1 a corrected statement was rejected; 2 wrong input; "
         "128+N ended by\nsignal N.\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "|") + word;
  return text;
}

}  // namespace

std::string help_text(const std::string& command, std::size_t width) {
  if (command == "run") {
    return experiment_help("run",
                           "Advances an ensemble of particles on a loss, compares its stationary law with theory, and "
                           "writes result.json, histograms and experiment.toml.",
                           width);
  }
  if (command == "resume") {
    std::string text = "isotherm resume FOLDER [options]\n\n" +
                       output::wrapped(
                           "Goes on with the run whose checkpoints are in the folder, to the result that it would have "
                           "had. The experiment is theirs; how it is computed may change. A run that has finished is "
                           "left alone.",
                           width) +
                       '\n';
    for (const Option* option : resume_options()) text += option_entry(*option, width);
    return text;
  }
  if (command == "predict") {
    return experiment_help(
        "predict", "The theory alone: temperature, partition function, moments and quantiles, no particles.", width);
  }
  if (command == "extrapolate") {
    return experiment_help(
        "extrapolate",
        "alpha in the limit of small steps: runs the experiment at 1, 3/4, 1/2, 3/8, 1/4 and 1/8 of its eta (or dt), "
        "all "
        "at one temperature, and fits polynomials. Nothing is written; --json prints the result as JSON.",
        width);
  }
  if (command == "reproduce") return reproduce_help(width);
  if (command == "sweep") return sweep_help(width);
  if (command == "list") {
    return "isotherm list [" + joined(list_topics()) + "]\n\nWhat there is to choose from.\n";
  }
  if (command == "report") {
    return "isotherm report OUTPUT [--png]\n\n" +
           output::wrapped(
               "Writes report.html and figures/*.svg again from what a run left in its folder: result.json, "
               "histograms.json, predictions.json and experiment.toml. `isotherm run` writes them by itself.",
               width) +
           '\n' + entry("--png", "Each figure also as PNG, by rsvg-convert (Debian package librsvg2-bin)", width);
  }
  if (command == "bench") return bench_help(width);
  if (command == "info") return "isotherm info\n\nVersion, build, backends, devices and SIMD targets.\n";
  return "isotherm measures the temperature of stochastic gradient descent.\n\nCommands:\n" +
         entry("run [FILE.toml] [options]", "simulate, compare with theory, write a result", width) +
         entry("resume FOLDER [options]", "go on with a run that was interrupted", width) +
         entry("predict [FILE.toml] [options]", "the theory alone, no particles", width) +
         entry("extrapolate [FILE.toml] [options]", "alpha in the limit of small steps", width) +
         entry("sweep FILE.toml [options]", "many runs over values of options, one table", width) +
         entry("report OUTPUT", "report.html of a run, from its folder", width) +
         entry("reproduce [CLAIM...]", "the lecture's claims, each measured", width) +
         entry("list [TOPIC]", "losses, dynamics, noise laws, schedules, predictions, formats", width) +
         entry("bench", "particle-steps per second here, and against the limit of the machine", width) +
         entry("info", "version, build, backends, devices, SIMD", width) + entry("--version", "the version", width) +
         "\nTry:\n"
         "  isotherm run --loss double-well --eta 0.05\n"
         "  isotherm run --loss \"x^4/4 - x^2/2 + 0.05*x\" --eta 0.02 --sigma 1 --particles 4e6\n"
         "  isotherm run --help\n";
}

}  // namespace isotherm::cli
