#pragma once
// The two ways in which isotherm refuses: the input is wrong (exit status 2), or the run failed (exit status 1).

#include <stdexcept>
#include <string>

namespace isotherm {

/// The user asked for something that cannot be done. The message is one line that says where, what, and what would be
/// right; a caret line may follow it (see loss::ParseError). The command line turns it into exit status 2.
class InputError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// A valid request failed while running: a full disk, every particle non-finite, a lost device. Exit status 1.
class RunError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace isotherm
