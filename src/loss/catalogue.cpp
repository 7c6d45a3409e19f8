#include "loss/catalogue.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"

namespace isotherm::loss {
namespace {

const std::vector<CatalogueEntry>& table() {
  static const std::vector<CatalogueEntry> entries = {
      {"quadratic",
       "",
       {{"h", "1"}, {"dimension", ""}},
       "sum h_c x_c^2 / 2: h a curvature, a list \"1,2,3\", or a symmetric matrix \"2,0.6;0.6,1\""},
      {"double-well", "(x^2-1)^2/4", {}, "two wells at -1 and 1, barrier 1/4, curvature 2 in the wells"},
      {"tilted-double-well",
       "(x^2-1)^2/4 + c*x",
       {{"c", "0.05"}},
       "the double well with one well lower than the other"},
      {"quartic", "x^4/4", {}, "a degenerate minimum: no curvature at 0"},
      {"log-cosh", "log(cosh(x))", {}, "quadratic inside, linear outside; gradient tanh(x)"},
      {"pseudo-huber", "sqrt(1+x^2)-1", {}, "quadratic inside, linear outside (Charbonnier)"},
      {"rugged", "x^2/2 + A*(1-cos(k*x))", {{"A", "0.05"}, {"k", "4"}}, "a quadratic with ripples of height 2A"},
      {"sextic-cosine", "x^6 + 2*cos(5*(x+1))", {}, "Fass et al. 2018, Entropy 20:318 (integrator-benchmark)"},
      {"two-temperatures",
       "h*x^2/2 + log(cosh(y))",
       {{"h", "1"}},
       "separable: with unequal sigma each coordinate has a temperature of its own (TTIC 31230, SGD)"},
      {"banana",
       "x^2/(2*s^2) + (y - b*(x^2-s^2))^2/2",
       {{"s", "10"}, {"b", "0.03"}},
       "Haario et al. 1999, as in inference_gym: sd s and sqrt(1 + 2 b^2 s^4)"},
      {"rosenbrock", "(a-x)^2 + b*(y-x^2)^2", {{"a", "1"}, {"b", "100"}}, "a curved narrow valley (Rosenbrock 1960)"},
      {"himmelblau", "(x^2+y-11)^2 + (x+y^2-7)^2", {}, "four minima of value 0 (Himmelblau 1972)"},
      {"muller-brown",
       "-200*exp(-(x-1)^2 - 10*y^2) - 100*exp(-x^2 - 10*(y-0.5)^2)"
       " - 170*exp(-6.5*(x+0.5)^2 + 11*(x+0.5)*(y-1.5) - 6.5*(y-1.5)^2)"
       " + 15*exp(0.7*(x+1)^2 + 0.6*(x+1)*(y-1) + 0.7*(y-1)^2)",
       {},
       "three minima, two saddles (Mueller and Brown 1979)"},
      // -log(p + q) of the two weighted densities, as -(log p + log q)/2 - log(2 cosh((log p - log q)/2)): no exp that
      // underflows.
      {"gaussian-mixture",
       "((x-m1)^2/(2*s1^2) - log(w/s1) + (x-m2)^2/(2*s2^2) - log((1-w)/s2))/2"
       " - log(cosh(((x-m1)^2/(2*s1^2) - log(w/s1) - (x-m2)^2/(2*s2^2) + log((1-w)/s2))/2)) - log(2) + log(2*pi)/2",
       {{"m1", "-1.5"}, {"m2", "1.5"}, {"s1", "0.5"}, {"s2", "0.8"}, {"w", "0.4"}},
       "minus the log of w N(m1, s1^2) + (1-w) N(m2, s2^2): Gibbs at T = 1 is the mixture"},
  };
  return entries;
}

constexpr std::size_t maximum_dimension = 10000;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// Shortest text that reads back as the same number.
std::string written(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  if (std::stod(text) != value) std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::vector<double> numbers(const std::string& row) {
  std::vector<double> values;
  for (const std::string& text : split(row, ',')) values.push_back(parse_number(text, "--set h"));
  return values;
}

void append(std::string& sum, const std::string& term) { sum += (sum.empty() ? "" : " + ") + term; }

std::string coordinate(std::size_t c, std::size_t dimension) {
  return dimension == 1 ? "x" : "x" + std::to_string(c + 1);
}

std::string quadratic_form(const std::vector<std::vector<double>>& h) {
  const std::size_t dimension = h.size();
  for (std::size_t i = 0; i < dimension; ++i) {
    if (h[i].size() != dimension)
      throw InputError("--set h: row " + std::to_string(i + 1) + " of the matrix has " + std::to_string(h[i].size()) +
                       " entries; a symmetric matrix with " + std::to_string(dimension) + " rows needs " +
                       std::to_string(dimension));
  }
  std::string sum;
  for (std::size_t i = 0; i < dimension; ++i) {
    append(sum, "(" + written(h[i][i]) + ")*" + coordinate(i, dimension) + "^2/2");
    for (std::size_t j = i + 1; j < dimension; ++j) {
      if (h[i][j] != h[j][i])
        throw InputError("--set h: entry (" + std::to_string(i + 1) + "," + std::to_string(j + 1) + ") is " +
                         written(h[i][j]) + " and entry (" + std::to_string(j + 1) + "," + std::to_string(i + 1) +
                         ") is " + written(h[j][i]) + "; the matrix must be symmetric");
      if (h[i][j] != 0)
        append(sum, "(" + written(h[i][j]) + ")*" + coordinate(i, dimension) + "*" + coordinate(j, dimension));
    }
  }
  return sum;
}

std::string quadratic(const std::string& h, const std::string& dimension_text) {
  std::size_t dimension = 0;
  if (!dimension_text.empty()) {
    const double value = parse_number(dimension_text, "--set dimension");
    if (!(value >= 1 && value <= maximum_dimension && value == std::floor(value)))
      throw InputError("--set dimension=" + dimension_text + ": the dimension is a whole number from 1 to " +
                       std::to_string(maximum_dimension));
    dimension = static_cast<std::size_t>(value);
  }
  const auto check = [&](std::size_t given) {
    if (dimension != 0 && dimension != given)
      throw InputError("--set dimension=" + dimension_text + ": h has " + std::to_string(given) +
                       " rows; leave the dimension out or make them equal");
  };
  if (h.find(';') != std::string::npos) {
    std::vector<std::vector<double>> rows;
    for (const std::string& row : split(h, ';')) rows.push_back(numbers(row));
    check(rows.size());
    return quadratic_form(rows);
  }
  if (h.find(',') != std::string::npos) {
    const std::vector<double> curvatures = numbers(h);
    check(curvatures.size());
    std::string sum;
    for (std::size_t c = 0; c < curvatures.size(); ++c)
      append(sum, "(" + written(curvatures[c]) + ")*" + coordinate(c, curvatures.size()) + "^2/2");
    return sum;
  }
  return dimension <= 1 ? "h*x^2/2" : "sum(i, 1, " + std::to_string(dimension) + ", h*x[i]^2/2)";
}

}  // namespace

std::span<const CatalogueEntry> catalogue() { return table(); }

const CatalogueEntry* find(const std::string& name) {
  const auto found = std::ranges::find(table(), name, &CatalogueEntry::name);
  return found == table().end() ? nullptr : &*found;
}

std::string expand(const CatalogueEntry& entry, const std::map<std::string, std::string>& set) {
  if (!entry.expression.empty()) return entry.expression;
  const auto value = [&](const std::string& name) {
    const auto given = set.find(name);
    return given == set.end() ? entry.defaults.at(name) : given->second;
  };
  return quadratic(value("h"), value("dimension"));
}

}  // namespace isotherm::loss
