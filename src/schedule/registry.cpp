#include <algorithm>
#include <array>
#include <cmath>

#include "isotherm/core/error.hpp"
#include "loss/parser.hpp"
#include "schedule/schedule.hpp"

namespace isotherm::schedule {

// One line here and one file beside this make a schedule.
Kind constant();
Kind step();
Kind power();
Kind linear();
Kind inverse_log();
Kind cosine();
Kind warm_up();

std::span<const Kind> registry() {
  // clang-format off
  static const std::array all = {
      constant(),
      step(),
      power(),
      linear(),
      inverse_log(),
      cosine(),
      warm_up(),
  };
  // clang-format on
  return all;
}

double Schedule::time(std::uint64_t n) const {
  // Neumaier's compensated sum of what changes, and a product for what does not.
  double sum = 0, lost = 0;
  const std::uint64_t summed = std::min(n, constant_after);
  for (std::uint64_t t = 1; t <= summed; ++t) {
    const double value = rate(t), next = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  sum += lost;
  if (n > summed) sum += static_cast<double>(n - summed) * rate(summed + 1);
  return sum;
}

const Kind& find(const std::string& text) {
  const std::string name = text.substr(0, text.find(':'));
  std::vector<std::string> names;
  for (const Kind& kind : registry()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  const std::string near = loss::nearest(name, names);
  std::string all;
  for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
  throw InputError("--schedule: unknown schedule '" + name + "'" +
                   (near.empty() ? "." : "; did you mean '" + near + "'?") + " There are " + all);
}

Schedule parse(const std::string& text, double eta) {
  const Kind& kind = find(text);
  std::vector<std::string> arguments;
  if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
    arguments.emplace_back();
    for (const char character : text.substr(colon + 1)) {
      if (character == ',')
        arguments.emplace_back();
      else
        arguments.back() += character;
    }
  }
  return kind.make(arguments, eta);
}

void refuse(const Kind& kind, const std::string& problem) {
  throw InputError("--schedule: " + problem + "; write " + kind.usage + ", for example --schedule " + kind.example);
}

double number(const Kind& kind, std::span<const std::string> arguments, std::size_t i) {
  if (i >= arguments.size()) refuse(kind, "a number is missing");
  double value = 0;
  try {
    value = loss::parse_number(arguments[i], "--schedule");
  } catch (const InputError&) {
    refuse(kind, "'" + arguments[i] + "' is not a number");
  }
  return value;
}

std::uint64_t steps(const Kind& kind, std::span<const std::string> arguments, std::size_t i) {
  const double value = number(kind, arguments, i);
  if (!(value >= 1 && value <= 0x1p53) || value != std::floor(value))
    refuse(kind, "'" + arguments[i] + "' is not a number of steps");
  return static_cast<std::uint64_t>(value);
}

}  // namespace isotherm::schedule
