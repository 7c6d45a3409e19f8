// Ranks by MPI: a module of its own, opened by ranks.cpp.

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "isotherm/core/error.hpp"
#include "ranks/ranks.hpp"

namespace isotherm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int tag = 1;
constexpr std::size_t largest_message = std::size_t{1} << 30;  // MPI counts with int

void check(int status, const char* what) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw RunError(std::string("MPI: ") + what + ": " + text);
}

/// Asks `done` now and then, until it is true or the time is over.
template <class Done>
bool wait_for(double seconds, const Done& done) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (auto pause = std::chrono::microseconds(20); !done();
       pause = std::min(2 * pause, std::chrono::microseconds(5000))) {
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

bool completed(MPI_Request& request, const char* what) {
  int done = 0;
  check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), what);
  return done != 0;
}

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    int level = 0;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level), "could not be started");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "rank");
    check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "size");
    MPI_Comm machine = MPI_COMM_NULL;
    check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine), "machine");
    check(MPI_Comm_rank(machine, &local_rank_), "rank");
    check(MPI_Comm_size(machine, &local_size_), "size");
    MPI_Comm_free(&machine);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }

  /// The length first, then the bytes in parts that MPI can count.
  bool send(int to, std::span<const std::byte> bytes, double seconds) override {
    if (sending_ == MPI_REQUEST_NULL && !length_sent_) {
      length_ = bytes.size();
      check(MPI_Issend(&length_, 1, MPI_UINT64_T, to, tag, MPI_COMM_WORLD, &sending_), "send");
    }
    if (!wait_for(seconds, [&] { return completed(sending_, "send"); })) return false;
    length_sent_ = true;
    for (std::size_t at = 0; at < bytes.size(); at += largest_message) {
      const std::size_t part = std::min(largest_message, bytes.size() - at);
      check(MPI_Send(bytes.data() + at, static_cast<int>(part), MPI_BYTE, to, tag, MPI_COMM_WORLD), "send");
    }
    length_sent_ = false;
    return true;
  }

  std::optional<std::vector<std::byte>> receive(int from, double seconds) override {
    const auto arrived = [&] {
      int there = 0;
      check(MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE), "receive");
      return there != 0;
    };
    if (!wait_for(seconds, arrived)) return std::nullopt;
    std::uint64_t length = 0;
    check(MPI_Recv(&length, 1, MPI_UINT64_T, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE), "receive");
    std::vector<std::byte> bytes(length);
    for (std::size_t at = 0; at < bytes.size(); at += largest_message) {
      const std::size_t part = std::min(largest_message, bytes.size() - at);
      check(MPI_Recv(bytes.data() + at, static_cast<int>(part), MPI_BYTE, from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
            "receive");
    }
    return bytes;
  }

  bool meet(double seconds) override {
    if (meeting_ == MPI_REQUEST_NULL) check(MPI_Ibarrier(MPI_COMM_WORLD, &meeting_), "barrier");
    return wait_for(seconds, [&] { return completed(meeting_, "barrier"); });
  }

  void leave() override { MPI_Finalize(); }

  void abort(int status) override {
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
  }

 private:
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
  MPI_Request sending_ = MPI_REQUEST_NULL, meeting_ = MPI_REQUEST_NULL;
  std::uint64_t length_ = 0;
  bool length_sent_ = false;
};

}  // namespace
}  // namespace isotherm

extern "C" isotherm::Ranks* isotherm_open_ranks() { return new isotherm::MpiRanks; }
