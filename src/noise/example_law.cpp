#include "noise/example_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"

namespace isotherm::noise {
namespace {

constexpr const char* laws[] = {"normal", "uniform", "rademacher", "laplace", "student-t", "gaussian"};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else if (c != ' ')
      parts.back() += c;
  }
  return parts;
}

[[noreturn]] void refuse(const std::string& text, const std::string& problem) {
  throw InputError("--random " + text + ": " + problem);
}

/// The numbers between commas.
std::vector<double> numbers(const std::string& text, const std::string& list, const std::string& usage) {
  std::vector<double> values;
  for (const std::string& part : split(list, ',')) {
    double value = std::numeric_limits<double>::quiet_NaN();
    try {
      value = loss::parse_number(part, "--random");
    } catch (const InputError&) {
      refuse(text, "'" + part + "' is not a number; " + usage);
    }
    if (!std::isfinite(value)) refuse(text, "'" + part + "' is not finite; " + usage);
    values.push_back(value);
  }
  return values;
}

void one_number(ExampleLaw& law, double mean, double deviation) {
  law.mean = {mean};
  law.factor = {deviation};
  if (law.standard.has_variance()) law.covariance = {deviation * deviation};
}

/// The lower triangle L of L L' = covariance (Cholesky); false if the matrix is not positive definite.
bool factorize(const std::vector<double>& covariance, std::size_t n, std::vector<double>& factor) {
  factor.assign(n * n, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = covariance[i * n + j];
      for (std::size_t k = 0; k < j; ++k) rest -= factor[i * n + k] * factor[j * n + k];
      if (i == j && !(rest > 1e-14 * covariance[i * n + i])) return false;
      factor[i * n + j] = i == j ? std::sqrt(rest) : rest / factor[j * n + j];
    }
  return true;
}

void jointly_normal(ExampleLaw& law, const std::string& text, const std::string& parameters) {
  const std::size_t n = law.names.size();
  const std::string usage =
      "write the means, then the rows of the covariance, for example --random \"a,b=gaussian:0,0;1,0.5;0.5,1\"";
  const std::vector<std::string> rows = split(parameters, ';');
  if (rows.size() != n + 1)
    refuse(text, std::to_string(rows.size()) + (rows.size() == 1 ? " row" : " rows") + " of numbers, and " +
                     std::to_string(n + 1) + " are needed; " + usage);
  std::vector<double> covariance;
  for (std::size_t i = 0; i <= n; ++i) {
    const std::vector<double> row = numbers(text, rows[i], usage);
    if (row.size() != n)
      refuse(text, "'" + rows[i] + "' has " + std::to_string(row.size()) + (row.size() == 1 ? " number" : " numbers") +
                       ", and " + std::to_string(n) + " are needed; " + usage);
    if (i == 0)
      law.mean = row;
    else
      covariance.insert(covariance.end(), row.begin(), row.end());
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (covariance[i * n + j] != covariance[j * n + i])
        refuse(text, "the covariance is not symmetric: row " + std::to_string(i + 1) + ", column " +
                         std::to_string(j + 1) + " differs from row " + std::to_string(j + 1) + ", column " +
                         std::to_string(i + 1));
  if (!factorize(covariance, n, law.factor))
    refuse(text, "the covariance is not positive definite; a covariance has positive eigenvalues only");
  law.covariance = covariance;
}

}  // namespace

ExampleLaw parse_example_law(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    throw InputError("--random " + text + ": write NAME=LAW, for example --random a=normal:0,1");
  ExampleLaw law;
  law.names = split(text.substr(0, equals), ',');
  for (std::size_t i = 0; i < law.names.size(); ++i) {
    const std::string& name = law.names[i];
    if (!loss::is_free_name(name))
      refuse(text,
             "'" + name + "' is no name that an expression could use; take letters, digits and _, a letter first");
    if (std::find(law.names.begin(), law.names.begin() + static_cast<std::ptrdiff_t>(i), name) !=
        law.names.begin() + static_cast<std::ptrdiff_t>(i))
      refuse(text, "the name '" + name + "' stands twice");
  }
  for (const std::string& name : law.names) law.setting += (law.setting.empty() ? "--random[" : ",") + name;
  law.setting += "]";

  const std::string wanted = text.substr(equals + 1);
  const std::size_t colon = wanted.find(':');
  const bool has_parameters = colon != std::string::npos;
  const std::string parameters = has_parameters ? wanted.substr(colon + 1) : "";
  law.law = wanted.substr(0, colon);
  if (std::ranges::find(laws, law.law) == std::end(laws)) {
    const std::vector<std::string> known(std::begin(laws), std::end(laws));
    const std::string near = loss::nearest(law.law, known);
    std::string all;
    for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
    refuse(text, "unknown law '" + law.law + "'" + (near.empty() ? "." : "; did you mean '" + near + "'?") +
                     " There are " + all);
  }
  if (law.law != "gaussian" && law.names.size() > 1)
    refuse(text, "several names need a joint law; write NAME,NAME=gaussian:MEANS;COVARIANCE, or one --random for each");

  const auto pair = [&](const std::string& usage) {
    std::vector<double> values = numbers(text, parameters, usage);
    if (!has_parameters || values.size() != 2) refuse(text, usage);
    return values;
  };
  if (law.law == "gaussian") {
    law.standard = parse("gaussian");
    jointly_normal(law, text, parameters);
  } else if (law.law == "normal") {
    const std::string usage = "write normal:MEAN,DEVIATION, for example " + law.names[0] + "=normal:0,1";
    const std::vector<double> values = has_parameters ? pair(usage) : std::vector<double>{0, 1};
    if (!(values[1] > 0)) refuse(text, "the standard deviation must be greater than 0; " + usage);
    law.standard = parse("gaussian");
    one_number(law, values[0], values[1]);
  } else if (law.law == "uniform") {
    const std::string usage = "write uniform:LOWER,UPPER, for example " + law.names[0] + "=uniform:-1,1";
    const std::vector<double> values = pair(usage);
    if (!(values[0] < values[1])) refuse(text, "the lower end must be below the upper; " + usage);
    law.standard = parse("uniform");
    one_number(law, values[0] / 2 + values[1] / 2, (values[1] / 2 - values[0] / 2) / std::numbers::sqrt3);
  } else {
    try {
      law.standard = parse(wanted);
    } catch (const InputError& error) {
      std::string problem = error.what();
      for (std::size_t at; (at = problem.find("--noise: ")) != std::string::npos;) problem.erase(at, 9);
      for (std::size_t at; (at = problem.find("--noise ")) != std::string::npos;)
        problem.replace(at, 8, law.names[0] + "=");
      refuse(text, problem);
    }
    one_number(law, 0, 1);
  }
  return law;
}

std::vector<ExampleLaw> parse_example_laws(std::span<const std::string> texts) {
  std::vector<ExampleLaw> all;
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    all.push_back(parse_example_law(text));
    for (const std::string& name : all.back().names) {
      if (std::ranges::find(names, name) != names.end())
        refuse(text, "the name '" + name + "' has a law already; give each name one");
      names.push_back(name);
    }
  }
  return all;
}

std::vector<std::pair<std::string, double>> ExampleLaw::settings() const {
  std::vector<std::pair<std::string, double>> all;
  const std::size_t n = names.size();
  for (std::size_t i = 0; i < n; ++i) {
    all.emplace_back(setting + ".mean[" + names[i] + "]", mean[i]);
    for (std::size_t j = 0; j <= i; ++j)
      all.emplace_back(setting + ".factor[" + names[i] + "," + names[j] + "]", factor[i * n + j]);
  }
  if (standard.law->check) all.emplace_back(setting + ".parameter", standard.parameter);
  return all;
}

std::vector<loss::NodeId> ExampleLaw::build(loss::Graph& graph, std::span<const loss::NodeId> raw) const {
  const std::size_t n = names.size(), each = standard.law->raw_per_number;
  const loss::NodeId parameter = standard.law->check ? graph.setting(setting + ".parameter") : -1;
  std::vector<loss::NodeId> z, values;
  for (std::size_t i = 0; i < n; ++i) z.push_back(standard.law->build(graph, raw.subspan(i * each, each), parameter));
  // A law without location and scale takes no operation for them.
  if (law != "normal" && law != "uniform" && law != "gaussian") return z;
  for (std::size_t i = 0; i < n; ++i) {
    loss::NodeId value = graph.setting(setting + ".mean[" + names[i] + "]");
    for (std::size_t j = 0; j <= i; ++j)
      value = graph.fma(graph.setting(setting + ".factor[" + names[i] + "," + names[j] + "]"), z[j], value);
    values.push_back(value);
  }
  return values;
}

}  // namespace isotherm::noise
