#pragma once
// One loaded program and the settings that share it: a launch advances all of them that ask for it at a time.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/cuda/device.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "kernels/arguments.hpp"

namespace isotherm::engine::cuda {

class Pack {
 public:
  /// For settings whose source is this text. What a launch of one needs of shared memory, `shared_bytes`, is at most
  /// what any of them will. `patience`: seconds that a launch waits at most for those under way.
  Pack(std::unique_ptr<Device> device, const KernelSource& source, std::size_t shared_bytes, double patience);

  /// One setting's row of the program's tables, until it is destroyed. Its functions are for one thread at a time.
  class Place {
   public:
    Place(std::shared_ptr<Pack> pack, unsigned row) : pack_(std::move(pack)), row_(row) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

    Device& device() const { return *pack_->device_; }

    /// The first to come compiles and loads the program; the others wait for that.
    void load() {
      std::call_once(pack_->loaded_, [this] { pack_->device_->load(pack_->text_, pack_->shared_bytes_); });
    }

    /// Writes the first values of this setting's row of a table that has rows of `row_bytes`.
    void write_row(const char* table, std::size_t row_bytes, std::span<const std::byte> values);

    /// Both fill in which setting it is. `blocks` of particles; `shared_bytes` of a thread block. In the order of
    /// calls; a launch of a pack has ended when the call returns, one of a program alone after finish().
    void start(kernels::StartArguments& arguments, std::uint64_t blocks);
    void advance(kernels::AdvanceArguments& arguments, std::uint64_t blocks, std::size_t shared_bytes);
    void finish();

    /// Whether this setting is about to ask for steps, so that a launch waits for it.
    void set_under_way(bool under_way);

   private:
    std::shared_ptr<Pack> pack_;
    unsigned row_;
    bool under_way_ = false;
  };

  /// Null where all rows are taken.
  static std::unique_ptr<Place> take_place(const std::shared_ptr<Pack>& pack);

 private:
  /// What one setting asks for.
  struct Request {
    kernels::AdvanceArguments arguments;
    std::uint64_t blocks;
    std::size_t shared_bytes;
    bool ended = false;
    std::exception_ptr error;
  };

  void leave(unsigned row);
  void count_under_way(int change);
  /// Returns when the steps are done: by a launch that this thread made for all who waited, or by another's.
  void advance(Request& own);
  void launch(const std::vector<Request*>& requests);

  std::unique_ptr<Device> device_;
  const std::string text_;
  const unsigned block_threads_;
  const std::size_t shared_bytes_;
  const double patience_;

  std::once_flag loaded_;
  std::mutex launching_;  ///< one launch is under way at a time
  std::mutex mutex_;      ///< of what follows
  std::condition_variable changed_;
  std::vector<bool> taken_;  ///< by row
  std::vector<Request*> waiting_;
  int under_way_ = 0;
  bool led_ = false;  ///< a thread is gathering or launching
};

}  // namespace isotherm::engine::cuda
