#include "cuda/host_device.hpp"

#include <dlfcn.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/cuda/embedded_headers.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "isotherm/core/error.hpp"
#include "kernels/arguments.hpp"

namespace isotherm::test {
namespace {

using engine::cuda::Address;

// The threads of one thread block as coroutines on one host thread.
class ThreadBlock {
 public:
  ThreadBlock() : stacks_(new char[stack_bytes * kernels::block_particles]) {}

  /// Runs `kernel` once for each of `threads` threads, whose index it writes to `thread_index` whenever the thread goes
  /// on. Throws if only some of the threads came to a barrier.
  void run(const std::function<void()>& kernel, unsigned threads, unsigned* thread_index) {
    threads_.resize(threads);
    kernel_ = &kernel;
    current_block = this;
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      Thread& thread = threads_[t];
      getcontext(&thread.context);
      thread.context.uc_stack.ss_sp = stacks_.get() + t * stack_bytes;
      thread.context.uc_stack.ss_size = stack_bytes;
      thread.context.uc_link = &scheduler_;
      thread.finished = false;
      makecontext(&thread.context, &ThreadBlock::enter, 0);
    }
    std::size_t finished = 0;
    while (finished == 0) {
      for (std::size_t t = 0; t < threads_.size(); ++t) {
        *thread_index = static_cast<unsigned>(t);
        current_ = &threads_[t];
        swapcontext(&scheduler_, &current_->context);
        finished += current_->finished;
      }
    }
    if (finished != threads_.size()) throw std::runtime_error("some threads of a block missed a barrier");
  }

  static void barrier() { swapcontext(&current_block->current_->context, &current_block->scheduler_); }

 private:
  struct Thread {
    ucontext_t context;
    bool finished = false;
  };

  static void enter() {
    (*current_block->kernel_)();
    current_block->current_->finished = true;
  }

  static constexpr std::size_t stack_bytes = 64 * 1024;
  static inline thread_local ThreadBlock* current_block = nullptr;

  std::vector<Thread> threads_;
  std::unique_ptr<char[]> stacks_;
  Thread* current_ = nullptr;
  const std::function<void()>* kernel_ = nullptr;
  ucontext_t scheduler_;
};

/// The memory of a device, of which there is 1 GiB.
class Memory {
 public:
  std::size_t free() const {
    const std::lock_guard lock(mutex_);
    return free_;
  }
  char* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes > free_) throw RunError("the device has no " + std::to_string(bytes) + " bytes left");
    auto memory = std::make_unique<char[]>(bytes);
    char* const address = memory.get();
    allocated_[address] = {std::move(memory), bytes};
    free_ -= bytes;
    return address;
  }
  void release(char* address) {
    const std::lock_guard lock(mutex_);
    const auto found = allocated_.find(address);
    free_ += found->second.second;
    allocated_.erase(found);
  }

 private:
  mutable std::mutex mutex_;
  std::size_t free_ = std::size_t{1} << 30;
  std::map<char*, std::pair<std::unique_ptr<char[]>, std::size_t>> allocated_;
};

class HostDevice final : public engine::cuda::Device {
 public:
  explicit HostDevice(LaunchLog* log) : log_(log) {
    std::string pattern = (std::filesystem::temp_directory_path() / "isotherm-host-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~HostDevice() override {
    if (library_ != nullptr) dlclose(library_);
    std::filesystem::remove_all(folder_);
  }

  std::string description() const override { return "host"; }
  std::size_t free_bytes() const override { return memory_.free(); }
  std::size_t shared_bytes() const override { return 227 * 1024; }

  Address allocate(std::size_t bytes) override {
    // Poisoned: nothing may rely on fresh memory being zero.
    char* memory = memory_.allocate(bytes);
    std::memset(memory, 0xa5, bytes);
    return reinterpret_cast<Address>(memory);
  }
  void release(Address address) noexcept override { memory_.release(reinterpret_cast<char*>(address)); }
  void copy_to_device(Address to, std::span<const std::byte> from) override {
    std::memcpy(reinterpret_cast<void*>(to), from.data(), from.size());
  }
  void copy_to_host(std::span<std::byte> to, Address from) const override {
    std::memcpy(to.data(), reinterpret_cast<const void*>(from), to.size());
  }
  void fill_zero(Address address, std::size_t bytes) override {
    std::memset(reinterpret_cast<void*>(address), 0, bytes);
  }

  void load(const std::string& source, std::size_t) override {
    const std::filesystem::path text = folder_ / "program.cpp", library = folder_ / "program.so";
    std::ofstream(text) << source;
    for (const engine::cuda::CompileRequest::Header& header : engine::cuda::embedded_headers()) {
      std::filesystem::create_directories((folder_ / header.name).parent_path());
      std::ofstream(folder_ / header.name) << header.text;
    }
    const std::string command =
        ISOTHERM_TEST_COMPILER
        " -std=c++17 -O2 -shared -fPIC -ffp-contract=off -fno-math-errno -Wno-unknown-pragmas -I" +
        folder_.string() + " -include " ISOTHERM_SOURCE_DIR "/tests/cuda/host_prelude.hpp -o " + library.string() +
        " " + text.string();
    if (std::system(command.c_str()) != 0) throw std::runtime_error("the host's compiler refuses the program");
    library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) throw std::runtime_error(dlerror());
    *find<void (*)()>("isotherm_host_barrier") = &ThreadBlock::barrier;
  }

  Address global(const char* name) override { return reinterpret_cast<Address>(find<void>(name)); }

  void launch(const char* kernel, const LaunchShape& shape, void* argument) override {
    if (kernel == std::string(engine::cuda::symbol::start_kernel)) {
      run<kernels::StartArguments>(kernel, shape, argument);
    } else {
      if (log_ != nullptr) log_->settings.push_back(shape.settings);
      run<kernels::AdvanceArguments>(kernel, shape, argument);
    }
  }
  void synchronize() override {}

  std::uint64_t sum(Address counts, std::size_t size) const override {
    const auto* first = reinterpret_cast<const std::uint64_t*>(counts);
    return std::accumulate(first, first + size, std::uint64_t{0});
  }

 private:
  template <class T>
  T* find(const char* name) const {
    void* found = dlsym(library_, name);
    if (found == nullptr) throw std::runtime_error(std::string("the program has no ") + name);
    return static_cast<T*>(found);
  }

  template <class Arguments>
  void run(const char* name, const LaunchShape& shape, const void* argument) {
    const auto kernel = reinterpret_cast<void (*)(Arguments)>(find<void>(name));
    const Arguments arguments = *static_cast<const Arguments*>(argument);
    unsigned* thread_index = find<unsigned>("threadIdx");
    unsigned* block_index = find<unsigned>("blockIdx");
    unsigned* shared = find<unsigned>("isotherm_shared");
    for (std::uint64_t b = 0; b < shape.thread_blocks * shape.settings; ++b) {
      block_index[0] = static_cast<unsigned>(b % shape.thread_blocks);
      block_index[1] = static_cast<unsigned>(b / shape.thread_blocks);
      std::memset(shared, 0x5a, shape.shared_bytes);
      block_.run([&] { kernel(arguments); }, shape.block_threads, thread_index);
    }
  }

  Memory memory_;
  LaunchLog* const log_;
  ThreadBlock block_;
  std::filesystem::path folder_;
  void* library_ = nullptr;
};

}  // namespace

std::unique_ptr<engine::cuda::Device> make_logging_host_device(LaunchLog* log) {
  return std::make_unique<HostDevice>(log);
}
std::unique_ptr<engine::cuda::Device> make_host_device() { return make_logging_host_device(nullptr); }

}  // namespace isotherm::test
