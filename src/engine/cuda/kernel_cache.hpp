#pragma once
// Compiled kernels on disk. The cache only ever saves time: whatever is wrong with it, the kernel is compiled instead.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "engine/cuda/nvrtc.hpp"

namespace isotherm::engine::cuda {

class KernelCache {
 public:
  /// Entries live in `directory`, created on first use; "" keeps nothing.
  explicit KernelCache(std::filesystem::path directory) : directory_(std::move(directory)) {}
  /// ISOTHERM_CACHE, else XDG_CACHE_HOME/isotherm, else HOME/.cache/isotherm, else "".
  static std::filesystem::path default_directory();

  /// Names what the compiler makes of `request`: a digest of sources, options (the architecture among them) and
  /// version.
  static std::string key(const CompileRequest& request, const std::string& nvrtc_version);

  /// The image stored under `key`, or nothing if there is none or its checksum does not fit.
  std::optional<std::string> find(const std::string& key) const;
  /// Written to a temporary file and renamed, so that readers see a whole entry or none. Failure to write is silent.
  void store(const std::string& key, const std::string& image) const noexcept;
  std::filesystem::path path(const std::string& key) const { return directory_ / (key + ".kernel"); }

 private:
  std::filesystem::path directory_;
};

/// Gives `use` the image from the cache, else that of compile_in_registers, which is then stored. An entry that `use`
/// answers with a RunError (the driver refuses it, say) is compiled anew and replaced.
void compile_cached(const Nvrtc& nvrtc, const CompileRequest& request, const KernelCache& cache,
                    const std::function<void(const KernelImage&)>& use);

}  // namespace isotherm::engine::cuda
