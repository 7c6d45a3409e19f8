#include "cli/sweep_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/options.hpp"
#include "isotherm/core/error.hpp"
#include "isotherm/core/sha256.hpp"

namespace isotherm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t checksum_digits = 8, prefix = checksum_digits + 1;
constexpr double seconds_between_flushes = 1;

std::string checksum(std::string_view text) {
  const uLong value = crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  char digits[checksum_digits + 1];
  std::snprintf(digits, sizeof digits, "%08lx", static_cast<unsigned long>(value));
  return digits;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Json request_json(const SweepRequest& request) {
  Json options = Json::array();
  for (const auto& [name, words] : request.options) options.push_back({name, words});
  const std::string directory =
      request.directory.empty() ? std::filesystem::current_path().string() : request.directory;
  return {{"sweep",
           {{"version", ISOTHERM_VERSION},
            {"path", request.path},
            {"text", request.text},
            {"options", options},
            {"directory", directory}}}};
}

SweepRequest read_request(const Json& json) {
  const Json& sweep = json.at("sweep");
  SweepRequest request{sweep.at("path").get<std::string>(), sweep.at("text").get<std::string>(), {}};
  for (const Json& option : sweep.at("options"))
    request.options.emplace_back(option.at(0).get<std::string>(), option.at(1).get<std::vector<std::string>>());
  request.directory = sweep.value("directory", "");
  return request;
}

/// Calls `line(offset, json)` for each whole and undamaged line, `damaged()` for the others; the end of the last line
/// that ends with a line feed.
template <class Line, class Damaged>
std::uint64_t read_lines(std::istream& stream, const Line& line, const Damaged& damaged) {
  std::uint64_t offset = 0;
  std::string text;
  while (std::getline(stream, text)) {
    if (stream.eof()) {  // a line without its end
      damaged();
      break;
    }
    const std::string_view json = text.size() > prefix ? std::string_view(text).substr(prefix) : std::string_view();
    Json value;
    if (!json.empty() && text[checksum_digits] == ' ' && text.compare(0, checksum_digits, checksum(json)) == 0)
      value = Json::parse(json, nullptr, false);
    if (value.is_object())
      line(offset + prefix, std::string(json), value);
    else
      damaged();
    offset += text.size() + 1;
  }
  return offset;
}

}  // namespace

SweepJournal::SweepJournal(const std::filesystem::path& folder) : path_(path(folder)) {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) fail("open");
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    ::close(file_);
    if (reason == EWOULDBLOCK)
      throw InputError("--output " + folder.string() +
                       ": another isotherm sweep is writing there; wait for it, or name "
                       "another folder");
    errno = reason;
    fail("lock");
  }
  try {
    read();
  } catch (...) {
    ::close(file_);
    throw;
  }
}

SweepJournal::~SweepJournal() {
  ::fsync(file_);
  ::close(file_);
}

void SweepJournal::fail(const char* action) const {
  throw RunError("could not " + std::string(action) + ' ' + path_.string() + ": " + std::strerror(errno));
}

void SweepJournal::read() {
  std::ifstream stream(path_, std::ios::binary);
  if (!stream) fail("read");
  end_ = read_lines(
      stream,
      [&](std::uint64_t offset, const std::string& text, const Json& value) {
        if (const auto sweep = value.find("sweep"); sweep != value.end()) {
          const std::string version = sweep->value("version", "");
          if (version != ISOTHERM_VERSION)
            throw InputError(path_.string() + ": was made by isotherm " + version +
                             ", and this is " ISOTHERM_VERSION
                             "; finish it with that version, or name another --output");
          last_sweep_ = text;
          return;
        }
        const auto digest = value.find("digest");
        if (digest != value.end() && digest->is_string()) places_[digest->get<std::string>()] = {offset, text.size()};
      },
      [&] { ++damaged_; });
  // A line that a crash has cut short makes room for the next.
  struct stat status {};
  if (::fstat(file_, &status) != 0) fail("read");
  if (static_cast<std::uint64_t>(status.st_size) > end_ && ::ftruncate(file_, static_cast<off_t>(end_)) != 0)
    fail("write");
}

void SweepJournal::begin(const SweepRequest& request) {
  const std::string json = request_json(request).dump();
  if (json == last_sweep_) return;
  const std::lock_guard lock(mutex_);
  Place ignored;
  append(json, ignored);
  last_sweep_ = json;
}

void SweepJournal::append(const std::string& json, Place& place) {
  const std::string line = checksum(json) + ' ' + json + '\n';
  for (std::size_t written = 0; written < line.size();) {
    const ssize_t count =
        ::pwrite(file_, line.data() + written, line.size() - written, static_cast<off_t>(end_ + written));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int reason = count < 0 ? errno : ENOSPC;
      if (::ftruncate(file_, static_cast<off_t>(end_)) == 0) ::fsync(file_);
      errno = reason;
      fail("write");
    }
    written += static_cast<std::size_t>(count);
  }
  place = {end_ + prefix, json.size()};
  end_ += line.size();
  if (const double time = now(); time > last_flush_ + seconds_between_flushes) {
    last_flush_ = time;
    if (::fsync(file_) != 0 && errno != EINVAL && errno != ENOTSUP) fail("write");
  }
}

std::optional<Json> SweepJournal::find(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(digest);
  if (found == places_.end()) return std::nullopt;
  std::string text(found->second.size, '\0');
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count =
        ::pread(file_, text.data() + done, text.size() - done, static_cast<off_t>(found->second.offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("read");
    done += static_cast<std::size_t>(count);
  }
  return Json::parse(text);
}

void SweepJournal::add(const std::string& digest, const Json& point) {
  Json line = {{"digest", digest}};
  line.update(point);
  const std::string text = line.dump();
  const std::lock_guard lock(mutex_);
  append(text, places_[digest]);
}

void SweepJournal::flush() {
  const std::lock_guard lock(mutex_);
  if (::fsync(file_) != 0 && errno != EINVAL && errno != ENOTSUP) fail("write");
}

std::optional<SweepRequest> SweepJournal::last_request(const std::filesystem::path& folder) {
  std::ifstream stream(path(folder), std::ios::binary);
  std::optional<SweepRequest> request;
  if (stream)
    read_lines(
        stream,
        [&](std::uint64_t, const std::string&, const Json& value) {
          if (value.contains("sweep")) request = read_request(value);
        },
        [] {});
  return request;
}

std::string digest(const Experiment& experiment, const std::optional<PredictionSet>& predictions) {
  Json options = experiment_json(experiment);
  for (const Option& option : isotherm::cli::options())
    if (option.group == "Output" || (option.group == "Execution" && option.name != "precision"))
      options.erase(option.name);
  options["predictions"] = word(predictions);
  if (!experiment.data.empty()) {
    // Content, not name: an edited file is another experiment.
    static std::mutex mutex;
    static std::map<std::string, std::string> known;
    const std::lock_guard lock(mutex);
    std::string& content = known[experiment.data];
    if (content.empty()) {
      std::ifstream stream(experiment.data, std::ios::binary);
      std::ostringstream text;
      text << stream.rdbuf();
      content = sha256(text.str());
    }
    options["data"] = content;
  }
  return sha256(options.dump());
}

}  // namespace isotherm::cli
