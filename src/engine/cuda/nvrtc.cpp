#include "engine/cuda/nvrtc.hpp"

#include <cstdlib>
#include <memory>

#include "engine/cuda/shared_library.hpp"
#include "isotherm/core/error.hpp"

namespace isotherm::engine::cuda {
namespace {

std::vector<std::string> library_names() {
  const std::vector<std::string> sonames = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"};
  std::vector<std::string> folders = {""};  // the loader's own search path
  for (const char* variable : {"CUDA_PATH", "CUDA_HOME"}) {
    if (const char* root = std::getenv(variable); root != nullptr && *root != '\0') {
      folders.push_back(std::string(root) + "/lib64/");
    }
  }
  folders.push_back(ISOTHERM_CUDA_LIBRARY_DIR "/");
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    for (const std::string& soname : sonames) names.push_back(folder + soname);
  }
  return names;
}

}  // namespace

const Nvrtc* Nvrtc::load(std::string& why_not) {
  struct Loaded {
    std::unique_ptr<Nvrtc> nvrtc;
    std::string why_not;
  };
  static const Loaded loaded = [] {
    SharedLibrary library("NVRTC", library_names());
    if (!library) return Loaded{nullptr, library.why_not()};
    std::unique_ptr<Nvrtc> nvrtc(new Nvrtc);
#define ISOTHERM_LOAD(member, function) \
  if (!library.find(#function, nvrtc->member)) return Loaded{nullptr, library.why_not()};
    ISOTHERM_NVRTC_FUNCTIONS(ISOTHERM_LOAD)
#undef ISOTHERM_LOAD
    return Loaded{std::move(nvrtc), ""};
  }();
  why_not = loaded.why_not;
  return loaded.nvrtc.get();
}

void Nvrtc::check(nvrtcResult result, const char* what) const {
  if (result != NVRTC_SUCCESS) throw RunError(std::string("NVRTC: ") + what + ": " + get_error_string_(result));
}

std::string Nvrtc::version() const {
  int major = 0, minor = 0;
  check(version_(&major, &minor), "version");
  return std::to_string(major) + "." + std::to_string(minor);
}

std::string Nvrtc::architecture(int compute_capability) const {
  int count = 0;
  check(get_supported_count_(&count), "supported architectures");
  std::vector<int> supported(static_cast<std::size_t>(count));
  check(get_supported_(supported.data()), "supported architectures");
  int newest = 0;
  for (int candidate : supported) {
    if (candidate <= compute_capability && candidate > newest) newest = candidate;
  }
  if (newest == 0) {
    throw RunError("NVRTC " + version() + " has no code for compute capability " + std::to_string(compute_capability) +
                   "; it begins at " + std::to_string(supported.front()));
  }
  return (newest == compute_capability ? "sm_" : "compute_") + std::to_string(newest);
}

KernelImage Nvrtc::compile(const CompileRequest& request) const {
  std::vector<const char*> names, texts, options;
  for (const CompileRequest::Header& header : request.headers) {
    names.push_back(header.name.c_str());
    texts.push_back(header.text.c_str());
  }
  bool machine_code = false;
  for (const std::string& option : request.options) {
    options.push_back(option.c_str());
    machine_code = machine_code || option.starts_with("--gpu-architecture=sm_");
  }

  nvrtcProgram created = nullptr;
  check(create_program_(&created, request.source.c_str(), "isotherm.cu", static_cast<int>(names.size()), texts.data(),
                        names.data()),
        "create program");
  const auto destroy = [this](nvrtcProgram program) { destroy_program_(&program); };
  const std::unique_ptr<std::remove_pointer_t<nvrtcProgram>, decltype(destroy)> program(created, destroy);

  const nvrtcResult compiled = compile_program_(program.get(), static_cast<int>(options.size()), options.data());
  KernelImage image;
  std::size_t size = 0;
  check(get_log_size_(program.get(), &size), "log");
  image.log.resize(size);
  check(get_log_(program.get(), image.log.data()), "log");
  while (!image.log.empty() && image.log.back() == '\0') image.log.pop_back();
  if (compiled != NVRTC_SUCCESS) {
    throw RunError(std::string("NVRTC cannot compile the kernel: ") + get_error_string_(compiled) + "\n" + image.log);
  }
  check(machine_code ? get_cubin_size_(program.get(), &size) : get_ptx_size_(program.get(), &size), "image size");
  image.bytes.resize(size);
  check(machine_code ? get_cubin_(program.get(), image.bytes.data()) : get_ptx_(program.get(), image.bytes.data()),
        "image");
  return image;
}

}  // namespace isotherm::engine::cuda
