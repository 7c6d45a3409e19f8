#pragma once
// What a sweep has finished, kept in OUTPUT/points.journal: a line for each sweep that was started there and for each
// point, written as it ends. A line is the CRC-32 of its JSON as eight hexadecimal digits, a space, and the JSON; one
// that a crash or a disk has damaged is recognized and left out, so that its point is run again.

#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/sweep.hpp"

namespace isotherm::cli {

class SweepJournal {
 public:
  /// Opens or makes the journal and reads what is there, for this process alone. InputError where another process
  /// writes it, or another version of isotherm has; RunError where it cannot be read or written.
  explicit SweepJournal(const std::filesystem::path& folder);
  ~SweepJournal();
  SweepJournal(const SweepJournal&) = delete;
  SweepJournal& operator=(const SweepJournal&) = delete;

  /// Notes which sweep is run, unless the last one noted is the same.
  void begin(const SweepRequest& request);

  /// The JSON object of a point that was recorded under this digest, the newest. May be called from any thread.
  std::optional<nlohmann::ordered_json> find(const std::string& digest) const;
  /// Appends; on the disk within a second, and at the end. May be called from any thread. RunError for a full disk:
  /// then what was there before stays readable.
  void add(const std::string& digest, const nlohmann::ordered_json& point);
  void flush();

  std::size_t damaged_lines() const { return damaged_; }

  static std::filesystem::path path(const std::filesystem::path& folder) { return folder / "points.journal"; }
  /// The sweep that was last begun in a folder; nothing where there is none.
  static std::optional<SweepRequest> last_request(const std::filesystem::path& folder);

 private:
  struct Place {
    std::uint64_t offset = 0, size = 0;  ///< of the JSON
  };
  void read();
  void append(const std::string& json, Place& place);
  [[noreturn]] void fail(const char* action) const;

  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t end_ = 0;  ///< of the last whole line
  double last_flush_ = 0;
  std::size_t damaged_ = 0;
  std::map<std::string, Place> places_;
  std::string last_sweep_;  ///< JSON of the last sweep that was begun
  mutable std::mutex mutex_;
};

/// What a point's result depends on: SHA-256 of its options, of the content of its data file, and of what it is
/// compared with. Not of the place of its output, threads, chunk or backend.
std::string digest(const Experiment& experiment, const std::optional<PredictionSet>& predictions);

}  // namespace isotherm::cli
