#pragma once
// The processes that one run is divided among. Without a launcher there is one. MPI is a library that is opened when a
// launcher started this program, so that the program needs none where there is none.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isotherm {

class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int local_rank() const = 0;  ///< among those of this machine
  virtual int local_size() const = 0;

  // Messages between two ranks arrive in the order in which they were sent. Nothing here spins: waiting is sleeping.
  // All throw RunError where the library reports an error.

  /// Tries for `seconds`; false if the receiver did not come for it: call again with the same bytes.
  virtual bool send(int to, std::span<const std::byte> bytes, double seconds) = 0;
  /// The next message from this rank; nothing if none came in `seconds`.
  virtual std::optional<std::vector<std::byte>> receive(int from, double seconds) = 0;
  /// True when all ranks have called it; false after `seconds`.
  virtual bool meet(double seconds) = 0;
  /// The end of a run in which all went well, or that all ranks were told to end (after `meet`).
  virtual void leave() = 0;
  /// Ends all ranks with this exit status.
  [[noreturn]] virtual void abort(int status) = 0;
};

/// This process by itself.
std::unique_ptr<Ranks> one_rank();

/// By the launcher's environment. RunError where a launcher started several processes and MPI cannot be opened: each of
/// them would do the whole run.
std::unique_ptr<Ranks> open_ranks();

/// Where the module is, or that there is none, for `isotherm info`.
std::string describe_mpi();

}  // namespace isotherm
