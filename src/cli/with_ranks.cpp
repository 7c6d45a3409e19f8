#include "cli/with_ranks.hpp"

#include <chrono>
#include <string>
#include <thread>

#include "cli/commands.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::cli {

int with_ranks(const std::function<int(Ranks&)>& work) {
  const std::unique_ptr<Ranks> ranks = open_ranks();
  if (ranks->size() == 1) return work(*ranks);
  const auto fail = [&](const std::exception& error, int status) {
    // What is wrong for all of them is said once.
    constexpr auto head_start = std::chrono::seconds(2);
    if (status == wrong_input && ranks->rank() > 0) std::this_thread::sleep_for(head_start);
    complain((status == wrong_input ? "" : "rank " + std::to_string(ranks->rank()) + ": ") + std::string(error.what()));
    ranks->abort(status);
  };
  try {
    return work(*ranks);
  } catch (const InputError& error) {
    fail(error, wrong_input);
  } catch (const std::exception& error) {
    fail(error, failed);
  }
  return failed;
}

}  // namespace isotherm::cli
