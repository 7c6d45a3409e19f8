#include "cli/interrupt.hpp"

#include <csignal>

namespace isotherm::cli {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> received{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may touch lock-free atomics only");

extern "C" void note_signal(int number) {
  int none = 0;
  received.compare_exchange_strong(none, number);
  interrupted = true;
}

constexpr int watched[] = {SIGINT, SIGTERM, SIGUSR1};
constexpr int count = 3;
struct sigaction previous[count];

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = false;
  received = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < count; ++i) {
    // Launchers repeat SIGTERM while a checkpoint is being written; somebody who presses Ctrl-C again means it.
    action.sa_flags = watched[i] == SIGINT ? static_cast<int>(SA_RESETHAND) : 0;
    sigaction(watched[i], &action, &previous[i]);
    // A shell starts background jobs with SIGINT ignored, and so it stays.
    if (previous[i].sa_handler == SIG_IGN) sigaction(watched[i], &previous[i], nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (int i = 0; i < count; ++i) sigaction(watched[i], &previous[i], nullptr);
}

const std::atomic<bool>& InterruptGuard::flag() const { return interrupted; }

int InterruptGuard::signal() const { return received; }

}  // namespace isotherm::cli
