#pragma once
// What the engine asks of a GPU. The driver's device is one; tests run the same engine and the same kernel text on the
// host's threads through another.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace isotherm::engine::cuda {

/// Of device memory, 0 being none.
using Address = std::uint64_t;

/// A GPU with at most one program loaded. Every call but launch() is complete when it returns; launches run in order.
/// Failures are RunErrors with the driver's words.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string description() const = 0;  ///< "NVIDIA H200"
  virtual std::size_t free_bytes() const = 0;
  virtual std::size_t shared_bytes() const = 0;  ///< shared memory that one thread block can have

  virtual Address allocate(std::size_t bytes) = 0;
  virtual void release(Address address) noexcept = 0;
  virtual void copy_to_device(Address to, std::span<const std::byte> from) = 0;
  virtual void copy_to_host(std::span<std::byte> to, Address from) const = 0;
  virtual void fill_zero(Address address, std::size_t bytes) = 0;

  /// Compiles and loads a program (see kernel_source.hpp). `shared_bytes` is the most dynamic shared memory that a
  /// launch of it will ask for.
  virtual void load(const std::string& source, std::size_t shared_bytes) = 0;
  /// A table of the loaded program.
  virtual Address global(const char* name) = 0;
  struct LaunchShape {
    std::uint64_t thread_blocks = 0;
    unsigned block_threads = 0;
    std::size_t shared_bytes = 0;  ///< of one thread block
    unsigned settings = 1;         ///< rows of the grid
  };
  /// `argument` points to the kernel's one parameter.
  virtual void launch(const char* kernel, const LaunchShape& shape, void* argument) = 0;
  /// Waits for all launches and throws what went wrong in them.
  virtual void synchronize() = 0;

  /// Sum of `size` 64-bit counters.
  virtual std::uint64_t sum(Address counts, std::size_t size) const = 0;
};

/// Device memory that belongs to one owner.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, std::size_t bytes) : device_(&device), address_(device.allocate(bytes)), bytes_(bytes) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  ~Buffer() {
    if (address_ != 0) device_->release(address_);
  }

  Address address() const { return address_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
  }

  Device* device_ = nullptr;
  Address address_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace isotherm::engine::cuda
