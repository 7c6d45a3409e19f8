#include "cli/command_line.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "cli/command_table.hpp"
#include "cli/help.hpp"
#include "cli/option_texts.hpp"
#include "cli/options.hpp"
#include "isotherm/core/error.hpp"
#include "output/text_table.hpp"

namespace isotherm::cli {
namespace {

CommandLine parse(const std::vector<std::string>& arguments) { return parse_command_line(arguments, 100); }

Experiment run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "run");
  const CommandLine line = parse(arguments);
  EXPECT_EQ(line.command, Command::run);
  return line.experiment;
}

std::string complaint(const std::vector<std::string>& arguments) {
  try {
    parse(arguments);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(CommandLine, SetsTheExperiment) {
  const Experiment e = run({"--loss", "x^2/2", "--eta=0.05", "--particles", "4e6", "--histogram", "x:10:-1:1",
                            "--histogram", "loss:5:0:1", "--set", "a=1", "--set", "b = 2", "--json"});
  EXPECT_EQ(e.loss, "x^2/2");
  EXPECT_EQ(e.eta, std::vector<double>{0.05});
  EXPECT_EQ(e.particles, 4000000u);
  EXPECT_EQ(e.histogram.size(), 2u);
  EXPECT_EQ(e.set, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(e.json);
  EXPECT_FALSE(e.quiet);
}

TEST(CommandLine, ValuesMayBeginWithAMinus) {
  EXPECT_EQ(run({"--loss", "-x^2/2"}).loss, "-x^2/2");
  EXPECT_EQ(run({"--loss", "-.5*x"}).loss, "-.5*x");
  EXPECT_EQ(run({"--loss=-x"}).loss, "-x");
  EXPECT_EQ(run({"--loss", "--x"}).loss, "--x");
  EXPECT_EQ(complaint({"run", "--eta", "-1"}), "--eta -1: must be greater than 0, for example --eta 0.05");
  EXPECT_EQ(complaint({"run", "--eta", "-inf"}), "--eta -inf: must be a finite number, for example --eta 0.05");
}

TEST(CommandLine, ValuesMayBeNamesOfCommandsAndContainAnything) {
  EXPECT_EQ(run({"--output", "list"}).output, "list");
  EXPECT_EQ(run({"--loss", "a=b"}).loss, "a=b");
  EXPECT_EQ(run({"--loss", "[x]"}).loss, "[x]");
  EXPECT_EQ(run({"--loss", "{}"}).loss, "{}");
}

TEST(CommandLine, WrongValuesSayWhatWouldBeRight) {
  EXPECT_EQ(complaint({"run", "--eta", "0"}), "--eta 0: must be greater than 0, for example --eta 0.05");
  EXPECT_EQ(complaint({"run", "--eta", "nan"}), "--eta nan: must be a finite number, for example --eta 0.05");
  EXPECT_EQ(complaint({"run", "--particles", "0"}),
            "--particles 0: must be a whole number from 1 to 1125899906842624 (2^50), for example --particles 1e6");
  EXPECT_EQ(complaint({"run", "--particles", "1e30"}),
            "--particles 1e30: must be a whole number from 1 to 1125899906842624 (2^50), for example --particles 1e6");
  EXPECT_EQ(complaint({"run", "--histogram", "x:200:2:-2"}),
            "--histogram x:200:2:-2: lower end 2 must be less than upper end -2, for example --histogram x:200:-2:2");
  EXPECT_EQ(complaint({"run", "--dynamics", "sgdd"}).find("--dynamics sgdd: must be one of"), 0u);
  EXPECT_NE(complaint({"run", "--dynamics", "sgdd"}).find("did you mean sgd?"), std::string::npos);
  EXPECT_EQ(
      complaint({"run", "--burn-in", "some"}),
      "--burn-in some: must be a whole number from 0 to 1099511627776 (2^40), or auto, for example --burn-in 2000");
  const std::string expect = complaint({"run", "--expect", "consistent:gibs"});
  EXPECT_EQ(expect.find("--expect consistent:gibs: prediction 'gibs' must be one of gibbs, gibbs-fitted"), 0u)
      << expect;
  EXPECT_TRUE(expect.ends_with("; did you mean gibbs? For example --expect consistent:gibbs")) << expect;
  EXPECT_EQ(complaint({"run", "--expect", "gibbs"}),
            "--expect gibbs: must be consistent:PREDICTION, for example --expect consistent:gibbs");
  EXPECT_EQ(complaint({"run", "--sigma", "-1"}), "--sigma -1: must be 0 or greater, for example --sigma 1");
  EXPECT_EQ(complaint({"run", "--set", "h"}), "--set h: must be NAME=VALUE, for example --set h=2");
  EXPECT_EQ(
      complaint({"run", "--covariance", "1,2;3"}),
      "--covariance 1,2;3: must be a square matrix, rows separated by ';', for example --covariance \"1,0.5;0.5,1\"");
}

TEST(CommandLine, UnknownWordsNameTheNearest) {
  EXPECT_EQ(complaint({"run", "--etaa", "0.1"}), "unknown option --etaa; did you mean --eta?");
  EXPECT_EQ(complaint({"run", "--partcles=5"}), "unknown option --partcles; did you mean --particles?");
  EXPECT_EQ(complaint({"run", "--loss", "x", "-x"}), "unknown option -x; isotherm run --help lists all of them");
  EXPECT_EQ(complaint({"rum"}), "unknown command rum; did you mean run?");
  EXPECT_EQ(complaint({"--eta", "1"}), "options follow a command, for example isotherm run --eta");
  EXPECT_EQ(complaint({"list", "lossses"}),
            "isotherm list lossses: topic must be one of losses, dynamics, noise, schedules, predictions, formats; did "
            "you mean losses?");
  EXPECT_EQ(complaint({"run", "--momentum", "0.9"}), "unknown option --momentum; did you mean --mu?");
  EXPECT_EQ(complaint({"run", "--learning-rate=0.1"}), "unknown option --learning-rate; did you mean --eta?");
  EXPECT_EQ(complaint({"run", "--zzz", "0.9"}), "unknown option --zzz; isotherm run --help lists all of them");
  EXPECT_EQ(complaint({"help", "rum"}), "unknown command rum; did you mean run?");
  EXPECT_EQ(parse({"help", "run"}).text, help_text("run", 100));
}

TEST(CommandLine, MissingAndRepeatedValues) {
  EXPECT_EQ(complaint({"run", "--eta"}), "--eta: needs a value, for example --eta 0.05");
  EXPECT_EQ(complaint({"run", "--eta", "--steps", "5"}), "--eta: needs a value, for example --eta 0.05");
  EXPECT_EQ(complaint({"run", "--eta", "1", "--eta", "2"}), "--eta: given 2 times; give it once");
  EXPECT_EQ(complaint({"run", "--loss", ""}), "--loss: must not be empty, for example --loss \"x^4/4 - x^2/2\"");
  EXPECT_NE(complaint({"run", "a.toml", "b.toml"}), "");
  EXPECT_NE(complaint({"run", "--quiet=perhaps"}), "");
}

TEST(CommandLine, WinsOverTheExperimentFile) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("isotherm-command-line-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(path) << "loss = \"x^2/2\"\neta = 0.5\nquiet = true\nhistogram = [\"x:10:0:1\", "
                         "\"loss:10:0:1\"]\n[set]\na = 1\nb = 1\n";
  const Experiment e =
      run({path.string(), "--eta", "0.25", "--quiet=false", "--histogram", "x:20:0:1", "--set", "b=2"});
  EXPECT_EQ(e.loss, "x^2/2");
  EXPECT_EQ(e.eta, std::vector<double>{0.25});
  EXPECT_FALSE(e.quiet);
  ASSERT_EQ(e.histogram.size(), 1u);
  EXPECT_EQ(*e.histogram[0][0].bins, 20u);
  EXPECT_EQ(e.set, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
  std::filesystem::remove(path);
}

TEST(CommandLine, HelpNamesEveryOptionAndFits) {
  for (const char* command : {"run", "predict"}) {
    const std::string text = parse({command, "--help"}).text;
    EXPECT_EQ(text, help_text(command, 100));
    for (const Option& option : options()) {
      EXPECT_NE(text.find("--" + option.name), std::string::npos) << option.name;
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(output::display_width(line), 100u) << line;
  }
  EXPECT_NE(parse({}).text.find("Try:"), std::string::npos);
  EXPECT_EQ(parse({"--version"}).text, "isotherm " ISOTHERM_VERSION "\n");
}

TEST(CommandTable, EveryCommandIsThere) {
  for (const CommandDescription& command : command_table()) {
    EXPECT_EQ(parse({command.name, "--help"}).text, help_text(command.name, 100));
    EXPECT_EQ(complaint({command.name, "--no-such-option"}).find("unknown command"), std::string::npos) << command.name;
  }
}

/// Examples are taken word for word: each option in them is one of the command.
TEST(CommandTable, ExamplesAreRight) {
  for (const CommandDescription& command : command_table())
    for (const CommandExample& example : command.examples) {
      std::istringstream words(example.line);
      std::vector<std::string> arguments;
      for (std::string word; words >> std::quoted(word) && word != ">" && word != "|";) arguments.push_back(word);
      ASSERT_GE(arguments.size(), 2u) << example.line;
      EXPECT_EQ(arguments[0], "isotherm");
      EXPECT_EQ(arguments[1], command.name);
      arguments.erase(arguments.begin());
      if (arguments.size() > 1 && arguments[1].ends_with(".toml")) arguments.erase(arguments.begin() + 1);
      if (command.name == "sweep") continue;  // is nothing without its file
      EXPECT_NO_THROW(parse_command_line(arguments, 100)) << example.line;
    }
}

TEST(Options, LongTextsAreThoseOfOptions) {
  for (const OptionText& text : option_texts()) EXPECT_NE(find_option(text.name), nullptr) << text.name;
}

/// What --help shows as a right value must be one.
TEST(Options, ExamplesAreRight) {
  for (const Option& option : options()) {
    if (option.example.empty()) continue;
    std::string example = option.example;
    std::erase(example, '"');
    Experiment experiment;
    EXPECT_NO_THROW(option.read(experiment, std::span(&example, 1))) << option.name;
  }
}

}  // namespace
}  // namespace isotherm::cli
