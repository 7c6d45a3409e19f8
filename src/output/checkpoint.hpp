#pragma once
// Checkpoints: files checkpoint-GENERATION-RANK-NUMBER.bin of a run's folder, from which it can go on. See
// docs/file-formats.md.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isotherm/experiment/control.hpp"

namespace isotherm::output {

/// What a file says of itself. Each process of a run writes its own share; the shares of one generation add up to the
/// run. A run that is resumed begins the next generation.
struct CheckpointHeader {
  std::string version;     ///< of the isotherm that wrote it
  std::string experiment;  ///< the resolved experiment file
  std::string directory;   ///< in which the run was started: relative paths are relative to it
  std::string plan;        ///< digest of the plan
  std::uint64_t generation = 1, ranks = 1, rank = 0, number = 0;
  std::uint64_t particle_steps = 0, particle_steps_total = 0;  ///< of this share
  double seconds = 0;                                          ///< of work that is in it
};

struct Checkpoint {
  std::filesystem::path path;
  CheckpointHeader header;
  std::string bytes;             ///< of the file
  std::size_t state_offset = 0;  ///< where the state begins, as MeasurementState's to_bytes gave it
  std::span<const std::byte> state() const { return std::as_bytes(std::span(bytes)).subspan(state_offset); }
};

inline constexpr double default_checkpoint_interval = 60;  ///< seconds

/// The file as bytes: a line "isotherm-checkpoint/1 HEADER_BYTES STATE_BYTES CRC32", the header as JSON, the state.
std::string checkpoint_preamble(const CheckpointHeader& header, const std::vector<std::byte>& state);
/// RunError that says in a few words why the file cannot be used; nothing is parsed before the checksum is right.
Checkpoint read_checkpoint(const std::filesystem::path& path);
/// The same from bytes.
Checkpoint parse_checkpoint(std::string bytes);

/// All shares of the newest generation that is whole.
struct FoundCheckpoints {
  std::vector<Checkpoint> shares;     ///< by rank
  std::uint64_t next_generation = 1;  ///< that nobody has written into
  std::vector<std::string> warnings;  ///< of files that could not be used
};
/// InputError if there is nothing to go on from, with the reason.
FoundCheckpoints find_checkpoints(const std::filesystem::path& folder);

bool has_checkpoints(const std::filesystem::path& folder);

/// Seconds of work in the newest readable checkpoint of the folder; nothing if there is none.
std::optional<double> work_in_checkpoints(const std::filesystem::path& folder);

/// Removes all checkpoints of the folder, and what killed processes left of them.
void remove_checkpoints(const std::filesystem::path& folder);
/// Only what killed processes left: files that were not yet renamed.
void remove_torn_checkpoints(const std::filesystem::path& folder);

/// Writes this process's share by time and on demand, and keeps the two newest. A checkpoint that cannot be written is
/// a warning: the older ones stay, and the run goes on.
class CheckpointWriter final : public StateKeeper {
 public:
  using Clock = std::chrono::steady_clock;

  /// `interval` in seconds; unless it is given, 60, and at least fifty times what a checkpoint takes.
  CheckpointWriter(std::filesystem::path folder, CheckpointHeader header, std::optional<double> interval,
                   std::function<void(const std::string&)> warn);

  bool due() override;
  void keep(const MeasurementState& state) override;

  /// The file that was written last; "" if there is none.
  const std::string& last() const { return last_; }
  /// Why the last try failed; "" if it did not.
  const std::string& failure() const { return failure_; }
  double seconds_since_last() const;

 private:
  void remove_older() const;

  std::filesystem::path folder_;
  CheckpointHeader header_;
  std::optional<double> interval_;
  std::function<void(const std::string&)> warn_;
  Clock::time_point next_, written_;
  std::string last_, failure_;
};

}  // namespace isotherm::output
