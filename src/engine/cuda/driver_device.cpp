#include "engine/cuda/driver_device.hpp"

#include <vector>

#include "engine/cuda/driver.hpp"
#include "engine/cuda/embedded_headers.hpp"
#include "engine/cuda/kernel_cache.hpp"
#include "engine/cuda/kernel_source.hpp"
#include "isotherm/core/error.hpp"
#include "kernels/reduce.hpp"

namespace isotherm::engine::cuda {
namespace {

// The primary context, which the runtime API of the Thrust reductions shares.
class PrimaryContext {
 public:
  PrimaryContext(const Driver& driver, CUdevice device) : driver_(driver), device_(device) {
    driver_.check(driver_.primary_context_retain(&context_, device_), "context");
  }
  PrimaryContext(const PrimaryContext&) = delete;
  PrimaryContext& operator=(const PrimaryContext&) = delete;
  ~PrimaryContext() { driver_.primary_context_release(device_); }

  /// Contexts are current by thread; a caller may come from any.
  void make_current() const { driver_.check(try_make_current(), "context"); }
  CUresult try_make_current() const noexcept { return driver_.context_set_current(context_); }

 private:
  const Driver& driver_;
  CUdevice device_;
  CUcontext context_ = nullptr;
};

class Module {
 public:
  Module(const Driver& driver, const std::string& image) : driver_(driver) {
    driver_.check(driver_.module_load_data(&module_, image.c_str()), "load the kernel");
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() { driver_.module_unload(module_); }

  CUfunction function(const char* name) const {
    CUfunction function = nullptr;
    driver_.check(driver_.module_get_function(&function, module_, name), name);
    return function;
  }
  CUdeviceptr global(const char* name) const {
    CUdeviceptr address = 0;
    std::size_t bytes = 0;
    driver_.check(driver_.module_get_global(&address, &bytes, module_, name), name);
    return address;
  }

 private:
  const Driver& driver_;
  CUmodule module_ = nullptr;
};

class DriverDevice final : public Device {
 public:
  DriverDevice(const Driver& driver, const Nvrtc& nvrtc, CUdevice device)
      : driver_(driver),
        nvrtc_(nvrtc),
        device_(device),
        context_(driver, device),
        architecture_(nvrtc.architecture(compute_capability())) {}

  std::string description() const override {
    char name[256] = {};
    driver_.check(driver_.device_get_name(name, sizeof name, device_), "device name");
    return name;
  }

  std::size_t free_bytes() const override {
    context_.make_current();
    std::size_t free = 0, total = 0;
    driver_.check(driver_.memory_get_info(&free, &total), "free memory");
    return free;
  }

  std::size_t shared_bytes() const override {
    int bytes = 0;
    driver_.check(driver_.device_get_attribute(&bytes, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device_),
                  "shared memory");
    return static_cast<std::size_t>(bytes);
  }

  Address allocate(std::size_t bytes) override {
    context_.make_current();
    CUdeviceptr address = 0;
    driver_.check(driver_.memory_allocate(&address, bytes), "allocate " + std::to_string(bytes) + " bytes");
    return address;
  }

  void release(Address address) noexcept override {
    context_.try_make_current();  // failures here repeat one that was reported before
    driver_.memory_free(address);
  }

  void copy_to_device(Address to, std::span<const std::byte> from) override {
    if (from.empty()) return;
    context_.make_current();
    driver_.check(driver_.copy_to_device(to, from.data(), from.size()), "copy to the device");
  }

  void copy_to_host(std::span<std::byte> to, Address from) const override {
    if (to.empty()) return;
    context_.make_current();
    driver_.check(driver_.copy_to_host(to.data(), from, to.size()), "copy from the device");
  }

  void fill_zero(Address address, std::size_t bytes) override {
    context_.make_current();
    driver_.check(driver_.memory_set_d8(address, 0, bytes), "clear memory");
  }

  void load(const std::string& source, std::size_t shared_bytes) override {
    context_.make_current();
    CompileRequest request{source, embedded_headers(), compiler_options()};
    request.options.push_back("--gpu-architecture=" + architecture_);
    compile_cached(nvrtc_, request, KernelCache(KernelCache::default_directory()),
                   [this](const KernelImage& image) { module_ = std::make_unique<Module>(driver_, image.bytes); });
    if (shared_bytes > 48 * 1024) {  // more must be asked for by name
      driver_.check(driver_.function_set_attribute(module_->function(symbol::advance_kernel),
                                                   CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                                   static_cast<int>(shared_bytes)),
                    std::to_string(shared_bytes) + " bytes of shared memory");
    }
  }

  Address global(const char* name) override {
    context_.make_current();
    return module_->global(name);
  }

  void launch(const char* kernel, const LaunchShape& shape, void* argument) override {
    context_.make_current();
    void* arguments[] = {argument};
    driver_.check(driver_.launch_kernel(module_->function(kernel), static_cast<unsigned>(shape.thread_blocks),
                                        shape.settings, 1, shape.block_threads, 1, 1,
                                        static_cast<unsigned>(shape.shared_bytes), nullptr, arguments, nullptr),
                  std::string("launch ") + kernel);
  }

  void synchronize() override {
    context_.make_current();
    driver_.check(driver_.context_synchronize(), "kernel");
  }

  std::uint64_t sum(Address counts, std::size_t size) const override {
    context_.make_current();
    try {
      return kernels::sum(reinterpret_cast<const std::uint64_t*>(counts), size);
    } catch (const std::exception& error) {
      throw RunError(std::string("CUDA: sum of the counts: ") + error.what());
    }
  }

 private:
  int compute_capability() const {
    int major = 0, minor = 0;
    driver_.check(driver_.device_get_attribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device_),
                  "compute capability");
    driver_.check(driver_.device_get_attribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device_),
                  "compute capability");
    return 10 * major + minor;
  }

  const Driver& driver_;
  const Nvrtc& nvrtc_;
  CUdevice device_;
  PrimaryContext context_;
  std::string architecture_;
  std::unique_ptr<Module> module_;
};

}  // namespace

std::unique_ptr<Device> open_device(int ordinal, std::string& why_not) {
  const Driver* driver = Driver::load(why_not);
  if (driver == nullptr) return nullptr;
  const Nvrtc* nvrtc = Nvrtc::load(why_not);
  if (nvrtc == nullptr) return nullptr;
  try {
    int count = 0;
    driver->check(driver->device_get_count(&count), "number of devices");
    if (ordinal < 0 || ordinal >= count) {
      why_not =
          "no CUDA device " + std::to_string(ordinal) + ": there are " + std::to_string(count) + ", numbered from 0";
      return nullptr;
    }
    CUdevice device = 0;
    driver->check(driver->device_get(&device, ordinal), "device");
    return std::make_unique<DriverDevice>(*driver, *nvrtc, device);
  } catch (const RunError& error) {  // a device in exclusive use, say, or one that NVRTC no longer knows
    why_not = error.what();
    return nullptr;
  }
}

std::optional<double> issued_operations_per_second(int ordinal) {
  constexpr double instructions_per_cycle = 4, threads_per_instruction = 32;
  std::string why_not;
  const Driver* driver = Driver::load(why_not);
  if (driver == nullptr) return std::nullopt;
  CUdevice device = 0;
  int multiprocessors = 0, kilohertz = 0;
  if (driver->device_get(&device, ordinal) != CUDA_SUCCESS ||
      driver->device_get_attribute(&multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device) !=
          CUDA_SUCCESS ||
      driver->device_get_attribute(&kilohertz, CU_DEVICE_ATTRIBUTE_CLOCK_RATE, device) != CUDA_SUCCESS)
    return std::nullopt;
  return 1e3 * kilohertz * multiprocessors * instructions_per_cycle * threads_per_instruction;
}

}  // namespace isotherm::engine::cuda
