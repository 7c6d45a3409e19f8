#include "output/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "isotherm/core/error.hpp"

namespace isotherm::output {
namespace {

/// A file descriptor that is closed once.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  bool valid() const { return value_ >= 0; }
  bool close() { return ::close(std::exchange(value_, -1)) == 0; }

 private:
  int value_;
};

std::filesystem::path temporary_name(const std::filesystem::path& target) {
  return target.parent_path() / ("." + target.filename().string() + ".tmp-" + std::to_string(::getpid()));
}

/// Writes and flushes; on failure removes what there is and returns the system's error number.
int write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> parts) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.valid()) return errno;
  const auto fail = [&](int error) {
    ::unlink(path.c_str());
    return error;
  };
  for (std::string_view part : parts) {
    while (!part.empty()) {
      const ssize_t written = ::write(file.get(), part.data(), part.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return fail(errno);
      }
      part.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  // Some systems report a full disk only when the data is flushed or the file is closed.
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != ENOTSUP) return fail(errno);
  if (!file.close()) return fail(errno);
  return 0;
}

/// Makes renames in the folder durable. Not every file system can; the data itself is already flushed.
void flush_folder(const std::filesystem::path& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.valid()) ::fsync(handle.get());
}

}  // namespace

FileSet::~FileSet() {
  for (const Pending& file : pending_)
    if (file.own) ::unlink(file.temporary.c_str());
}

void FileSet::add(const std::string& name, std::initializer_list<std::string_view> parts) {
  const std::filesystem::path target = folder_ / name;
  std::error_code refused;  // what is wrong with it, writing the file will say
  std::filesystem::create_directories(target.parent_path(), refused);
  const std::filesystem::path temporary = temporary_name(target);
  if (const int error = write_file(temporary, parts)) {
    throw RunError("could not write " + target.string() + ": " + std::strerror(error));
  }
  pending_.push_back({temporary, target});
}

void FileSet::adopt(const std::string& name, const std::filesystem::path& temporary, bool own) {
  pending_.push_back({temporary, folder_ / name, own});
}

void FileSet::commit() {
  while (!pending_.empty()) {
    const Pending& file = pending_.front();
    if (std::rename(file.temporary.c_str(), file.target.c_str()) != 0) {
      throw RunError("could not write " + file.target.string() + ": " + std::strerror(errno));
    }
    pending_.erase(pending_.begin());
  }
  flush_folder(folder_);
}

OutputFolder::OutputFolder(const std::filesystem::path& folder, const std::string& option) {
  const auto refuse = [&](const std::string& problem) {
    remove_empty();
    throw InputError(option + " " + folder.string() + ": " + problem +
                     "; name a folder that can be written, for example " + option + " isotherm-output");
  };
  std::error_code error;
  make(folder, error);
  if (error) refuse("cannot make this folder (" + error.message() + ")");
  const std::filesystem::path probe = temporary_name(folder / "probe");
  if (const int reason = write_file(probe, {"isotherm\n"})) {
    refuse("cannot write into this folder (" + std::string(std::strerror(reason)) + ")");
  }
  ::unlink(probe.c_str());
}

OutputFolder::~OutputFolder() { remove_empty(); }

void OutputFolder::make(const std::filesystem::path& folder, std::error_code& error) {
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return;
  const std::filesystem::path above = folder.parent_path();
  if (!above.empty() && above != folder) make(above, error);
  if (error) return;
  // "a/b/" is made as "a/b" already.
  if (std::filesystem::create_directory(folder, error)) made_.push_back(folder);
  if (!error && !std::filesystem::is_directory(folder, ignored))
    error = std::make_error_code(std::errc::not_a_directory);
}

void OutputFolder::remove_empty() {
  for (; !made_.empty(); made_.pop_back()) {
    std::error_code not_empty;
    std::filesystem::remove(made_.back(), not_empty);
  }
}

FolderLock::FolderLock(const std::filesystem::path& folder, const std::string& option)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw InputError(option + " " + folder.string() +
                   ": another isotherm is working in this folder; wait for it, or name another folder");
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace isotherm::output
