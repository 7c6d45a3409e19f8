#include "output/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace isotherm::output {
namespace {

constexpr std::size_t narrowest = 40;

/// The number in COLUMNS (POSIX: the user's preferred width); 0 if there is none.
std::size_t columns_asked_for() {
  const char* columns = std::getenv("COLUMNS");
  if (columns == nullptr || *columns < '1' || *columns > '9') return 0;
  char* end = nullptr;
  const unsigned long width = std::strtoul(columns, &end, 10);
  return *end == '\0' && width < 100'000 ? width : 0;
}

/// The first of these that is set says what characters are, as in POSIX.
bool is_utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string text(value);
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text.find("UTF-8") != std::string::npos || text.find("UTF8") != std::string::npos;
  }
  return false;
}

}  // namespace

std::string Terminal::styled(std::string_view text, std::string_view sgr) const {
  if (!colour) return std::string(text);
  return "\033[" + std::string(sgr) + 'm' + std::string(text) + "\033[0m";
}

Terminal terminal_of(int descriptor) {
  Terminal terminal;
  const char* kind = std::getenv("TERM");
  terminal.unicode = is_utf8_locale() && (kind == nullptr || std::string_view(kind) != "dumb");
  terminal.interactive = ::isatty(descriptor) == 1;
  const std::size_t asked = columns_asked_for();
  if (asked > 0) terminal.width = std::max(asked, narrowest);
  if (!terminal.interactive) return terminal;
  const char* no_colour = std::getenv("NO_COLOR");
  const bool capable = kind != nullptr && std::string_view(kind) != "dumb";
  terminal.colour = capable && (no_colour == nullptr || *no_colour == '\0');
  winsize size{};
  if (asked == 0 && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = std::max<std::size_t>(size.ws_col, narrowest);
  }
  return terminal;
}

}  // namespace isotherm::output
