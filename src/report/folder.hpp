#pragma once
// What a run left in its folder, as the report reads it. Nothing else is known here: a report can be made again later,
// on another machine.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isotherm/histogram/histogram.hpp"

namespace isotherm::report {

using Json = nlohmann::ordered_json;

struct Folder {            // NOLINT(bugprone-exception-escape): moving a JSON value asserts its own invariants
  Json result;             ///< result.json
  Json histograms;         ///< histograms.json
  Json predictions;        ///< predictions.json
  std::string experiment;  ///< experiment.toml
};

/// A file that holds a JSON object. InputError with `otherwise`, what to do, where there is none.
Json read_json_file(const std::filesystem::path& path, const std::string& otherwise);

/// InputError that names the file that is missing or is not what it should be.
Folder read_folder(const std::filesystem::path& path);

/// Probabilities of all slots of a histogram by one prediction.
struct Curve {
  std::string prediction;
  std::vector<double> probabilities;
};

/// A histogram with what is expected of it. Slots as those of isotherm::Histogram, flow bins included.
struct Counts {
  std::string name;        ///< "x", "x,y", "x@last"
  std::string observable;  ///< the name up to "@"
  std::vector<Axis> axes;
  std::vector<double> values;
  std::vector<double> variances;  ///< of the counts of a time average; empty where not known, and of a snapshot
  bool single_snapshot = false;
  std::uint64_t step = 0;  ///< of a snapshot
  double nonfinite = 0;
  double entries = 0;  ///< sum of the values
  std::vector<Curve> curves;

  /// Standard deviation of a count that has this probability: of a snapshot the multinomial one, of a time average that
  /// by batch means, but at least the multinomial one, since groups without an entry scatter too little. NaN where not
  /// known.
  double deviation(std::size_t slot, double probability) const;
};

/// In the order of the file. nlohmann::json::exception or InputError where it is not what isotherm writes.
std::vector<Counts> histograms_of(const Folder& folder);

/// A number; nothing where it is null.
std::optional<double> number_in(const Json& value);
/// A number of a JSON object; nothing where it is absent or null.
std::optional<double> number_at(const Json& object, const std::string& key);

}  // namespace isotherm::report
