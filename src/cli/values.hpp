#pragma once
// The values of options as text: strict, the whole text or an error.

#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "isotherm/experiment/experiment.hpp"

namespace isotherm::cli {

/// What is wrong with a value: "must be greater than 0". Whoever knows the option adds where it stands and an example.
class ValueError : public std::runtime_error {
 public:
  /// `complete`: the text says already what would be right.
  explicit ValueError(const std::string& text, bool complete = false) : std::runtime_error(text), complete(complete) {}
  const bool complete;
};

/// Everything below throws ValueError.

/// A finite number.
double read_number(const std::string& text);
/// A finite number, 0 or greater.
double read_nonnegative(const std::string& text);
/// A finite number greater than 0.
double read_positive(const std::string& text);
/// A whole number in [lower, upper]; "1e6" is one.
std::uint64_t read_count(const std::string& text, std::uint64_t lower, std::uint64_t upper);
/// One of `choices`; the error names the nearest one and all of them.
std::string read_choice(const std::string& text, const std::vector<std::string>& choices);
/// A letter or underscore, then letters, digits and underscores.
std::string read_identifier(const std::string& text);

/// Parts between separators that stand outside of all brackets, without surrounding blanks; at least one part.
std::vector<std::string> split(std::string_view text, char separator);
/// The parts of all texts: {"1,2", "3"} at ',' are 1, 2, 3. An empty part is an error.
std::vector<std::string> split_all(std::span<const std::string> texts, char separator);

/// "x:200:-2:2", "x:100:-2:2,y:100:-2:2", "x:64:0:6.28:periodic", "x:200" (range chosen), "x" (bins and range chosen).
HistogramRequest read_histogram(const std::string& text);
std::string write_histogram(const HistogramRequest& request);

/// "point:V", "normal:M,S", "normal:M,S,A,B" (clamped to [A, B]), "uniform:A,B".
InitialRequest read_initial(const std::string& text);
std::string write_initial(const InitialRequest& request);

/// Limits of a histogram.
inline constexpr std::uint64_t most_bins = 1 << 20;        ///< of one axis
inline constexpr std::uint64_t most_joint_bins = 1 << 22;  ///< of two axes together

}  // namespace isotherm::cli
