#include <csignal>

#include "cli/commands.hpp"

int main(int count, char** words) {
  // Past a limit on file size, write() then fails and is reported, instead of ending the process half-way.
  std::signal(SIGXFSZ, SIG_IGN);
  return isotherm::cli::execute(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
}
