#pragma once
// Files that are either whole or not there.

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace isotherm::output {

/// A set of files of one folder that appear together. add() writes a temporary beside the final name and flushes it to
/// the disk; commit() renames all of them. Whatever fails before (a full disk), the temporaries are removed and older
/// files stay as they were.
class FileSet {
 public:
  explicit FileSet(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~FileSet();
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;

  /// A file of these parts, one after the other. `name` may begin with a folder, which is made. Throws RunError with
  /// the path and the system's reason.
  void add(const std::string& name, std::initializer_list<std::string_view> parts);
  void add(const std::string& name, std::string_view content) { add(name, {content}); }
  /// A file that is complete already, under another name of the same folder. `own`: removed, as those of add(), where
  /// commit() has not renamed it.
  void adopt(const std::string& name, const std::filesystem::path& temporary, bool own);
  /// Renames in the order of add(). Throws RunError.
  void commit();

 private:
  struct Pending {
    std::filesystem::path temporary, target;
    bool own = true;
  };
  std::filesystem::path folder_;
  std::vector<Pending> pending_;
};

/// A folder in which files can be written, shown by writing one, so that a long run does not find out at its end that
/// they cannot.
class OutputFolder {
 public:
  /// Makes it, with those above it. Throws InputError that names `option`.
  OutputFolder(const std::filesystem::path& folder, const std::string& option);
  /// Removes what it made if that is still empty: a run that fails leaves nothing.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  void make(const std::filesystem::path& folder, std::error_code& error);
  void remove_empty();

  std::vector<std::filesystem::path> made_;  ///< outermost first
};

/// A folder that one process at a time works in, as long as this lives, also on file systems that several machines
/// share if they know such locks.
class FolderLock {
 public:
  /// Throws InputError that names `option` where another process has it.
  FolderLock(const std::filesystem::path& folder, const std::string& option);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace isotherm::output
