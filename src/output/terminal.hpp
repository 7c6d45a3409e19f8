#pragma once
// What a stream is connected to.

#include <cstddef>
#include <string>
#include <string_view>

namespace isotherm::output {

struct Terminal {
  bool interactive = false;  ///< a terminal, not a file or a pipe
  bool colour = false;       ///< a terminal that is not "dumb", and NO_COLOR (https://no-color.org) is unset or empty
  /// Columns: what COLUMNS says, else the terminal's width, else 100; at least 40.
  std::size_t width = 100;
  bool unicode = false;  ///< the locale's characters are UTF-8, and the terminal is not "dumb"

  /// The text between an SGR sequence and its end ("1" bold, "31" red), if colours are on.
  std::string styled(std::string_view text, std::string_view sgr) const;
};

/// Of a file descriptor: 1 standard output, 2 standard error.
Terminal terminal_of(int descriptor);

}  // namespace isotherm::output
