#include "engine/cuda/kernel_cache.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "isotherm/core/error.hpp"

namespace isotherm::engine::cuda {
namespace {

class KernelCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    nvrtc_ = Nvrtc::load(why_not_);
    if (nvrtc_ == nullptr) GTEST_SKIP() << why_not_;
    std::string pattern = (std::filesystem::temp_directory_path() / "isotherm-cache-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  CompileRequest request() const {
    return {"#include \"scale.hpp\"\nextern \"C\" __global__ void f(float* x) { x[threadIdx.x] *= scale; }",
            {{"scale.hpp", "constexpr float scale = 2.f;"}},
            {"--gpu-architecture=sm_90"}};
  }

  /// The image that compile_cached uses, and whether it was compiled (the cache gives no log, an option makes one).
  KernelImage compile(const CompileRequest& request, const KernelCache& cache) const {
    KernelImage used;
    compile_cached(*nvrtc_, request, cache, [&used](const KernelImage& image) { used = image; });
    return used;
  }

  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  const Nvrtc* nvrtc_ = nullptr;
  std::string why_not_;
  std::filesystem::path folder_;
};

TEST_F(KernelCacheTest, KeepsWhatWasCompiled) {
  CompileRequest verbose = request();
  verbose.options.push_back("--ptxas-options=-v");
  const KernelCache cache(folder_ / "a" / "b");
  const KernelImage compiled = compile(verbose, cache);
  EXPECT_NE(compiled.log, "");
  const KernelImage cached = compile(verbose, cache);
  EXPECT_EQ(cached.log, "");
  EXPECT_EQ(cached.bytes, compiled.bytes);
  EXPECT_EQ(compiled.bytes.substr(1, 3), "ELF");
}

TEST_F(KernelCacheTest, DistinguishesEverythingThatMatters) {
  const std::string key = KernelCache::key(request(), "13.0");
  EXPECT_NE(KernelCache::key(request(), "13.1"), key);
  CompileRequest other = request();
  other.options = {"--gpu-architecture=sm_80"};
  EXPECT_NE(KernelCache::key(other, "13.0"), key);
  other = request();
  other.options.push_back("--fmad=false");
  EXPECT_NE(KernelCache::key(other, "13.0"), key);
  other = request();
  other.headers[0].text += " ";
  EXPECT_NE(KernelCache::key(other, "13.0"), key);
  other = request();
  other.source += " ";
  EXPECT_NE(KernelCache::key(other, "13.0"), key);
  // Parts that run together into the same characters are different all the same.
  EXPECT_NE(KernelCache::key({"ab", {}, {"c"}}, "1"), KernelCache::key({"a", {}, {"bc"}}, "1"));
  EXPECT_NE(KernelCache::key({"a", {{"b", "c"}}, {}}, "1"), KernelCache::key({"a", {}, {"b", "c"}}, "1"));
}

TEST_F(KernelCacheTest, CompilesAnewWhatIsDamaged) {
  const KernelCache cache(folder_);
  const std::string key = KernelCache::key(request(), nvrtc_->version());
  const std::string image = compile(request(), cache).bytes;
  const std::string whole = read(cache.path(key));
  for (const std::string& damaged :
       {std::string(), whole.substr(0, 20), whole.substr(0, whole.size() - 1), whole + "x",
        whole.substr(0, whole.size() / 2) + static_cast<char>(whole[whole.size() / 2] ^ 1) +
            whole.substr(whole.size() / 2 + 1),
        "isotherm-kernel/0" + whole.substr(17), std::string(1000, '\n')}) {
    std::ofstream(cache.path(key), std::ios::binary) << damaged;
    EXPECT_FALSE(cache.find(key).has_value());
    EXPECT_EQ(compile(request(), cache).bytes, image);
    EXPECT_EQ(read(cache.path(key)), whole);
  }
  EXPECT_EQ(entries(), 1u) << "temporary files were left";
}

TEST_F(KernelCacheTest, RefusesAnEntryUnderAnotherName) {
  const KernelCache cache(folder_);
  const std::string key = KernelCache::key(request(), nvrtc_->version());
  compile(request(), cache);
  const std::string other(64, 'a');
  std::filesystem::copy(cache.path(key), cache.path(other));
  EXPECT_TRUE(cache.find(key).has_value());
  EXPECT_FALSE(cache.find(other).has_value());
}

TEST_F(KernelCacheTest, ReplacesWhatItsUserRefuses) {
  const KernelCache cache(folder_);
  const std::string key = KernelCache::key(request(), nvrtc_->version());
  cache.store(key, "whole, but no kernel");
  const auto use = [](const KernelImage& image) {
    if (image.bytes.substr(1, 3) != "ELF") throw RunError("CUDA_ERROR_INVALID_IMAGE");
  };
  EXPECT_NO_THROW(compile_cached(*nvrtc_, request(), cache, use));
  EXPECT_EQ(cache.find(key)->substr(1, 3), "ELF");
}

TEST_F(KernelCacheTest, WorksWhereNothingCanBeWritten) {
  std::ofstream(folder_ / "file") << "in the way";  // no folder can be made below a file, not even by root
  for (const std::filesystem::path& directory :
       {folder_ / "file" / "cache", std::filesystem::path("/proc/isotherm"), std::filesystem::path()}) {
    EXPECT_EQ(compile(request(), KernelCache(directory)).bytes.substr(1, 3), "ELF") << directory;
  }
}

TEST_F(KernelCacheTest, ReportsWhatDoesNotCompile) {
  CompileRequest wrong = request();
  wrong.headers[0].text = "constexpr float scale = unknown;";
  try {
    compile(wrong, KernelCache(folder_));
    FAIL() << "no error";
  } catch (const RunError& error) {
    EXPECT_NE(std::string(error.what()).find("\"unknown\" is undefined"), std::string::npos) << error.what();
  }
  EXPECT_EQ(entries(), 0u);
}

TEST(KernelCacheDirectory, FollowsTheEnvironment) {
  const auto set = [](const char* name, const char* value) { setenv(name, value, 1); };
  set("ISOTHERM_CACHE", "/own");
  set("XDG_CACHE_HOME", "/xdg");
  set("HOME", "/home/me");
  EXPECT_EQ(KernelCache::default_directory(), "/own");
  set("ISOTHERM_CACHE", "");
  EXPECT_EQ(KernelCache::default_directory(), "/xdg/isotherm");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(KernelCache::default_directory(), "/home/me/.cache/isotherm");
  unsetenv("HOME");
  EXPECT_EQ(KernelCache::default_directory(), "");
}

TEST(Nvrtc, ChoosesTheNewestArchitectureItKnows) {
  std::string why_not;
  const Nvrtc* nvrtc = Nvrtc::load(why_not);
  if (nvrtc == nullptr) GTEST_SKIP() << why_not;
  EXPECT_EQ(nvrtc->architecture(90), "sm_90");
  EXPECT_EQ(nvrtc->architecture(91), "compute_90");
  EXPECT_THROW(nvrtc->architecture(20), RunError);
}

}  // namespace
}  // namespace isotherm::engine::cuda
