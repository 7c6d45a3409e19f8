#pragma once
// Learning rates that change: the rate of update t = 1, 2, ... as a number, evaluated on the host. One file each, and
// one line in registry.cpp.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isotherm::schedule {

inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

/// A schedule with its parameters. Copyable.
struct Schedule {
  std::function<double(std::uint64_t t)> rate;  ///< eta of update t >= 1, which leads from state t - 1 to state t
  std::uint64_t constant_after = never;  ///< rate(t) is the same for every t > this; `never` if it goes on changing
  /// Sum of the rates of the first n updates: the time of state n. Closed where the rate is constant, else summed up.
  double time(std::uint64_t n) const;
  bool is_constant() const { return constant_after == 0; }
};

struct Kind {
  std::string name;     ///< "power"
  std::string usage;    ///< "power:C,A"
  std::string formula;  ///< "eta_t = C t^-A"
  std::string source;
  std::string example;  ///< "power:0.5,0.75"
  /// The schedule scales --eta; else it gives the rate itself, and --eta beside it is an error.
  bool scales_eta = false;
  /// From the pieces of the text after the colon, split at commas. Throws InputError that names --schedule.
  std::function<Schedule(std::span<const std::string> arguments, double eta)> make;
};

/// All registered kinds, constant first.
std::span<const Kind> registry();

/// The kind that a text such as "cosine:0.3,200" asks for. InputError with the nearest name, or the usage.
const Kind& find(const std::string& text);
/// The whole of it; `eta` is read only by kinds that scale it.
Schedule parse(const std::string& text, double eta);

/// For make: argument i as a finite number; InputError with the kind's usage otherwise.
double number(const Kind& kind, std::span<const std::string> arguments, std::size_t i);
/// A whole number of steps, 1 or more.
std::uint64_t steps(const Kind& kind, std::span<const std::string> arguments, std::size_t i);
/// The error that every kind gives for wrong arguments.
[[noreturn]] void refuse(const Kind& kind, const std::string& problem);

}  // namespace isotherm::schedule
