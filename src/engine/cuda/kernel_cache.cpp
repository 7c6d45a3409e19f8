#include "engine/cuda/kernel_cache.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/cuda/resources.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/core/sha256.hpp"

namespace isotherm::engine::cuda {
namespace {

// An entry is this header, which depends on both name and content, and then the image.
std::string entry_header(const std::string& key, const std::string& image) {
  return "isotherm-kernel/1 " + key + " " + std::to_string(image.size()) + " " + sha256(image) + "\n";
}

}  // namespace

std::filesystem::path KernelCache::default_directory() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const auto own = variable("ISOTHERM_CACHE"); !own.empty()) return own;
  if (const auto xdg = variable("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "isotherm";
  if (const auto home = variable("HOME"); !home.empty()) return home / ".cache" / "isotherm";
  return "";
}

std::string KernelCache::key(const CompileRequest& request, const std::string& nvrtc_version) {
  std::string text;
  const auto add = [&text](const std::string& part) {  // with its length, so that no two requests run together
    text += std::to_string(part.size()) + ":" + part;
  };
  add(nvrtc_version);
  add(request.source);
  text += std::to_string(request.headers.size()) + ";";
  for (const CompileRequest::Header& header : request.headers) add(header.name), add(header.text);
  for (const std::string& option : request.options) add(option);
  return sha256(text);
}

std::optional<std::string> KernelCache::find(const std::string& key) const {
  if (directory_.empty()) return std::nullopt;
  std::ifstream file(path(key), std::ios::binary);
  std::string header;
  if (!file || !std::getline(file, header)) return std::nullopt;
  std::string image{std::istreambuf_iterator<char>(file), {}};
  if (header + "\n" != entry_header(key, image)) return std::nullopt;
  return image;
}

void KernelCache::store(const std::string& key, const std::string& image) const noexcept {
  if (directory_.empty()) return;
  static std::atomic<unsigned> counter = 0;
  try {
    std::error_code ignored;
    std::filesystem::create_directories(directory_, ignored);
    const std::filesystem::path temporary =
        directory_ / (key + "." + std::to_string(getpid()) + "." + std::to_string(counter++) + ".tmp");
    std::ofstream file(temporary, std::ios::binary);
    file << entry_header(key, image) << image;
    file.close();
    if (file) std::filesystem::rename(temporary, path(key), ignored);
    if (!file || ignored) std::filesystem::remove(temporary, ignored);
  } catch (...) {  // no memory, a path that cannot be: as if there were no cache
  }
}

void compile_cached(const Nvrtc& nvrtc, const CompileRequest& request, const KernelCache& cache,
                    const std::function<void(const KernelImage&)>& use) {
  const std::string key = KernelCache::key(request, nvrtc.version());
  if (auto image = cache.find(key)) {
    try {
      return use({std::move(*image), ""});
    } catch (const RunError&) {  // compiled below
    }
  }
  const KernelImage image = compile_in_registers(nvrtc, request);
  use(image);
  cache.store(key, image.bytes);
}

}  // namespace isotherm::engine::cuda
