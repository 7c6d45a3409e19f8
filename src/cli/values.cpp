#include "cli/values.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include "isotherm/core/trimmed.hpp"
#include "loss/parser.hpp"
#include "output/number.hpp"

namespace isotherm::cli {
namespace {

/// from_chars takes no leading plus.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  text = without_plus(text);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Powers of two are easier to read than their digits.
std::string limit_text(std::uint64_t value) {
  for (int exponent = 20; exponent < 64; ++exponent) {
    if (value == std::uint64_t{1} << exponent) {
      return std::to_string(value) + " (2^" + std::to_string(exponent) + ")";
    }
  }
  return std::to_string(value);
}

/// Runs `read` and puts `part` before what it complains about.
template <class Read>
auto in_part(const std::string& part, const Read& read) {
  try {
    return read();
  } catch (const ValueError& error) {
    throw ValueError(part + " " + error.what());
  }
}

AxisRequest read_axis(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  AxisRequest axis;
  axis.expression = parts[0];
  if (axis.expression.empty()) throw ValueError("needs an expression before the first colon");
  if (parts.size() == 3 || parts.size() > 5) {
    throw ValueError(
        "must be EXPRESSION, EXPRESSION:BINS or EXPRESSION:BINS:LOWER:UPPER, with :periodic after it for an angle");
  }
  if (parts.size() >= 2) {
    axis.bins = in_part("number of bins '" + parts[1] + "'", [&] { return read_count(parts[1], 1, most_bins); });
  }
  if (parts.size() >= 4) {
    axis.lower = in_part("lower end '" + parts[2] + "'", [&] { return read_number(parts[2]); });
    axis.upper = in_part("upper end '" + parts[3] + "'", [&] { return read_number(parts[3]); });
    if (!(*axis.lower < *axis.upper)) {
      throw ValueError("lower end " + parts[2] + " must be less than upper end " + parts[3]);
    }
    if (!std::isfinite(*axis.upper - *axis.lower)) throw ValueError("the range is too wide for a number");
  }
  if (parts.size() == 5) {
    if (parts[4] != "periodic") throw ValueError("'" + parts[4] + "' must be 'periodic' or absent");
    axis.periodic = true;
  }
  return axis;
}

struct InitialLaw {
  std::string name;
  std::vector<std::size_t> parameters;  ///< how many there may be
  std::string form;
};

const std::vector<InitialLaw>& initial_laws() {
  static const std::vector<InitialLaw> laws = {
      {"point", {1}, "point:V"},
      {"normal", {2, 4}, "normal:MEAN,SD, or normal:MEAN,SD,LOWER,UPPER to clamp it"},
      {"uniform", {2}, "uniform:LOWER,UPPER"}};
  return laws;
}

}  // namespace

double read_number(const std::string& text) {
  const std::string_view digits = trimmed(text);
  const std::optional<double> value = parse_whole<double>(digits);
  if (value && std::isfinite(*value)) return *value;
  if (value) throw ValueError("must be a finite number");
  double ignored = 0;
  const std::string_view unsigned_text = without_plus(digits);
  const auto [end, error] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), ignored);
  if (error == std::errc::result_out_of_range && end == unsigned_text.data() + unsigned_text.size()) {
    throw ValueError("is outside of the range of a double, 2.2e-308 to 1.8e308");
  }
  throw ValueError("must be a number");
}

double read_nonnegative(const std::string& text) {
  const double value = read_number(text);
  if (!(value >= 0)) throw ValueError("must be 0 or greater");
  return value;
}

double read_positive(const std::string& text) {
  const double value = read_number(text);
  if (!(value > 0)) throw ValueError("must be greater than 0");
  return value;
}

std::uint64_t read_count(const std::string& text, std::uint64_t lower, std::uint64_t upper) {
  const std::string_view digits = trimmed(text);
  std::optional<std::uint64_t> count = parse_whole<std::uint64_t>(digits);
  if (!count) {
    constexpr double exact = 9007199254740992;  // 2^53: every whole number up to here is a double
    const std::optional<double> number = parse_whole<double>(digits);
    if (number && *number >= 0 && *number <= exact && *number == std::floor(*number)) {
      count = static_cast<std::uint64_t>(*number);
    }
  }
  if (count && *count >= lower && *count <= upper) return *count;
  throw ValueError("must be a whole number from " + std::to_string(lower) + " to " + limit_text(upper));
}

std::string read_choice(const std::string& text, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  const std::string near = loss::nearest(text, choices);
  const std::string all = choices.size() == 1 ? choices.front() : "one of " + joined(choices);
  throw ValueError("must be " + all + (near.empty() || choices.size() == 1 ? "" : "; did you mean " + near + "?"));
}

std::string read_identifier(const std::string& text) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; };
  const auto inner = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  if (text.empty() || !letter(text[0]) || !std::all_of(text.begin(), text.end(), inner)) {
    throw ValueError("'" + text + "' must be a name of letters, digits and underscores");
  }
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t depth = 0, begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if ((text[i] == ')' || text[i] == ']') && depth > 0) --depth;
    if (text[i] == separator && depth == 0) {
      parts.emplace_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.emplace_back(trimmed(text.substr(begin)));
  return parts;
}

std::vector<std::string> split_all(std::span<const std::string> texts, char separator) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) {
    for (std::string& part : split(text, separator)) {
      if (part.empty()) throw ValueError(text.empty() ? "must not be empty" : "has an empty entry");
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

HistogramRequest read_histogram(const std::string& text) {
  HistogramRequest request;
  for (const std::string& axis : split(text, ',')) request.push_back(read_axis(axis));
  if (request.size() > 2) throw ValueError("must have one or two axes, not " + std::to_string(request.size()));
  if (request.size() == 2) {
    if (request[0].bins && request[1].bins && *request[0].bins * *request[1].bins > most_joint_bins) {
      throw ValueError("must have at most " + std::to_string(most_joint_bins) + " bins in all");
    }
    if (request[0].expression == request[1].expression) throw ValueError("must have two different axes");
  }
  return request;
}

std::string write_histogram(const HistogramRequest& request) {
  std::string text;
  for (const AxisRequest& axis : request) {
    if (!text.empty()) text += ',';
    text += axis.expression;
    if (axis.bins) text += ':' + std::to_string(*axis.bins);
    if (axis.bins && axis.lower && axis.upper) {
      text += ':' + output::shortest(*axis.lower) + ':' + output::shortest(*axis.upper);
      if (axis.periodic) text += ":periodic";
    }
  }
  return text;
}

InitialRequest read_initial(const std::string& text) {
  const std::size_t colon = text.find(':');
  InitialRequest request;
  request.law = std::string(trimmed(std::string_view(text).substr(0, colon)));
  std::vector<std::string> names;
  for (const InitialLaw& law : initial_laws()) names.push_back(law.name);
  in_part("law '" + request.law + "'", [&] { return read_choice(request.law, names); });
  const auto law = std::find_if(initial_laws().begin(), initial_laws().end(),
                                [&](const InitialLaw& candidate) { return candidate.name == request.law; });
  if (colon != std::string::npos) {
    for (const std::string& part : split(std::string_view(text).substr(colon + 1), ',')) {
      request.parameters.push_back(in_part("parameter '" + part + "'", [&] { return read_number(part); }));
    }
  }
  const std::vector<double>& p = request.parameters;
  if (std::find(law->parameters.begin(), law->parameters.end(), p.size()) == law->parameters.end()) {
    throw ValueError("must be " + law->form);
  }
  if (request.law == "normal" && p[1] < 0) throw ValueError("standard deviation must be 0 or greater");
  const bool ordered = request.law == "uniform" ? p[0] < p[1] : p.size() < 4 || p[2] < p[3];
  if (!ordered) throw ValueError("lower end must be less than upper end");
  return request;
}

std::string write_initial(const InitialRequest& request) {
  std::string text = request.law;
  for (std::size_t i = 0; i < request.parameters.size(); ++i) {
    text += (i == 0 ? ':' : ',') + output::shortest(request.parameters[i]);
  }
  return text;
}

}  // namespace isotherm::cli
