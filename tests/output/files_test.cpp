#include "output/files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "isotherm/core/error.hpp"

namespace isotherm::output {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "isotherm-files-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

/// Writes past a size fail, as on a full disk, while one lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  sighandler_t handler_;
};

TEST_F(Files, AppearTogetherAtCommit) {
  FileSet files(folder_);
  const std::string large(3 << 20, 'x');
  files.add("a", large);
  files.add("b", "");
  EXPECT_FALSE(fs::exists(folder_ / "a"));
  files.commit();
  EXPECT_EQ(read(folder_ / "a"), large);
  EXPECT_EQ(read(folder_ / "b"), "");
  EXPECT_EQ(files_in(folder_), 2u);
}

TEST_F(Files, WithoutCommitNothingIsLeft) {
  { FileSet(folder_).add("a", "text"); }
  EXPECT_EQ(files_in(folder_), 0u);
}

TEST_F(Files, FullDiskKeepsOlderFilesAndLeavesNoHalf) {
  {
    FileSet older(folder_);
    older.add("result.json", "older");
    older.commit();
  }
  {
    const FileSizeLimit limit(1000);
    FileSet files(folder_);
    files.add("histograms.json", "small");
    try {
      files.add("result.json", std::string(5000, 'x'));
      FAIL() << "wrote 5000 bytes where 1000 were allowed";
    } catch (const RunError& error) {
      EXPECT_NE(std::string(error.what()).find("result.json"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(read(folder_ / "result.json"), "older");
  EXPECT_EQ(files_in(folder_), 1u);
}

TEST_F(Files, FailedRenameIsAnError) {
  fs::create_directories(folder_ / "result.json" / "inside");
  FileSet files(folder_);
  files.add("result.json", "text");
  EXPECT_THROW(files.commit(), RunError);
}

TEST_F(Files, FoldersAreMadeAndGoAgainIfNothingIsWritten) {
  fs::create_directory(folder_ / "there");
  {
    const OutputFolder output(folder_ / "there" / "a" / "b" / "", "--output");
    EXPECT_TRUE(fs::is_directory(folder_ / "there" / "a" / "b"));
    EXPECT_EQ(files_in(folder_ / "there" / "a" / "b"), 0u);
  }
  EXPECT_FALSE(fs::exists(folder_ / "there" / "a"));
  EXPECT_TRUE(fs::exists(folder_ / "there"));
  {
    const OutputFolder output(folder_ / "there" / "a" / "b", "--output");
    FileSet files(folder_ / "there" / "a" / "b");
    files.add("result.json", "text");
    files.commit();
  }
  EXPECT_EQ(read(folder_ / "there" / "a" / "b" / "result.json"), "text");
}

TEST_F(Files, FoldersCannotBeFilesNorBelowThem) {
  std::ofstream(folder_ / "file") << "text";
  for (const fs::path& path : {folder_ / "file", folder_ / "file" / "below", fs::path("/proc/isotherm")}) {
    try {
      const OutputFolder output(path, "--output");
      ADD_FAILURE() << path;
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.find("--output " + path.string() + ": "), 0u) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace isotherm::output
