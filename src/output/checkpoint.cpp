#include "output/checkpoint.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "experiment/measurement_state.hpp"
#include "isotherm/core/error.hpp"
#include "output/files.hpp"

namespace isotherm::output {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema = "isotherm-checkpoint/1";
constexpr std::string_view family = "isotherm-checkpoint/";
constexpr std::size_t preamble_size = schema.size() + 1 + 12 + 1 + 16 + 1 + 8 + 1;
constexpr std::size_t kept = 2;  ///< files of a rank

std::uint32_t checksum(std::initializer_list<std::string_view> parts) {
  uLong sum = crc32_z(0, nullptr, 0);
  for (const std::string_view part : parts)
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(part.data()), part.size());
  return static_cast<std::uint32_t>(sum);
}

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Fixed numbers of digits, as printed; nothing else.
std::optional<std::uint64_t> number(std::string_view digits, unsigned base) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const std::size_t digit = std::string_view("0123456789abcdef").substr(0, base).find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

Json to_json(const CheckpointHeader& header) {
  return {{"version", header.version},
          {"experiment", header.experiment},
          {"directory", header.directory},
          {"plan", header.plan},
          {"generation", header.generation},
          {"ranks", header.ranks},
          {"rank", header.rank},
          {"number", header.number},
          {"particle_steps", header.particle_steps},
          {"particle_steps_total", header.particle_steps_total},
          {"seconds", header.seconds}};
}

CheckpointHeader from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    CheckpointHeader header;
    json.at("version").get_to(header.version);
    json.at("experiment").get_to(header.experiment);
    json.at("directory").get_to(header.directory);
    json.at("plan").get_to(header.plan);
    json.at("generation").get_to(header.generation);
    json.at("ranks").get_to(header.ranks);
    json.at("rank").get_to(header.rank);
    json.at("number").get_to(header.number);
    json.at("particle_steps").get_to(header.particle_steps);
    json.at("particle_steps_total").get_to(header.particle_steps_total);
    json.at("seconds").get_to(header.seconds);
    return header;
  } catch (const Json::exception& error) {
    throw RunError("its header is not one of a checkpoint");
  }
}

/// What the name of a file says. The order is that of age: newest first.
struct Name {
  std::uint64_t generation = 0, rank = 0, number = 0;
  bool operator==(const Name&) const = default;
};

std::string file_name(const Name& name) {
  return "checkpoint-" + std::to_string(name.generation) + '-' + std::to_string(name.rank) + '-' +
         std::to_string(name.number) + ".bin";
}

/// Of all checkpoints that are there, newest first.
std::vector<Name> names_in(const std::filesystem::path& folder) {
  std::vector<Name> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string text = entry.path().filename().string();
    Name name;
    unsigned long long generation = 0, rank = 0, count = 0;
    if (std::sscanf(text.c_str(), "checkpoint-%18llu-%18llu-%18llu.bin", &generation, &rank, &count) != 3) continue;
    name = {generation, rank, count};
    if (text == file_name(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
    return std::tie(a.generation, a.rank, a.number) > std::tie(b.generation, b.rank, b.number);
  });
  return names;
}

/// "checkpoint-1-0-7.bin" of this folder, or the reason why it cannot be used as a warning.
std::optional<Checkpoint> try_read(const std::filesystem::path& folder, const Name& name,
                                   std::vector<std::string>& warnings) {
  const std::filesystem::path path = folder / file_name(name);
  try {
    Checkpoint checkpoint = read_checkpoint(path);
    const CheckpointHeader& header = checkpoint.header;
    if (Name{header.generation, header.rank, header.number} != name || header.rank >= header.ranks)
      throw RunError("it was renamed");
    return checkpoint;
  } catch (const RunError& error) {
    warnings.push_back(path.string() + " cannot be used: " + error.what());
    return std::nullopt;
  }
}

}  // namespace

std::string checkpoint_preamble(const CheckpointHeader& header, const std::vector<std::byte>& state) {
  const std::string json = to_json(header).dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  std::array<char, preamble_size + 1> line{};
  std::snprintf(line.data(), line.size(), "%s %012llu %016llu %08x\n", schema.data(),
                static_cast<unsigned long long>(json.size()), static_cast<unsigned long long>(state.size()),
                checksum({json, text_of(state)}));
  return line.data() + json;
}

Checkpoint parse_checkpoint(std::string content) {
  const std::string_view bytes = content;
  if (!bytes.starts_with(schema.substr(0, std::min(bytes.size(), schema.size())))) {
    if (bytes.starts_with(family) && bytes.size() > family.size())
      throw RunError("it is in another format (" + std::string(bytes.substr(0, bytes.substr(0, 40).find(' '))) +
                     ", this isotherm " ISOTHERM_VERSION " reads " + std::string(schema) +
                     "); go on with the isotherm that wrote it");
    throw RunError("it is not a checkpoint");
  }
  if (bytes.size() < preamble_size) throw RunError("it is damaged: it ends early");
  const std::string_view line = bytes.substr(schema.size(), preamble_size - schema.size());
  const auto header_size = number(line.substr(1, 12), 10), state_size = number(line.substr(14, 16), 10),
             sum = number(line.substr(31, 8), 16);
  if (!header_size || !state_size || !sum || line[0] != ' ' || line[13] != ' ' || line[30] != ' ' || line[39] != '\n')
    throw RunError("it is damaged: its first line is wrong");
  const std::string_view rest = bytes.substr(preamble_size);
  if (rest.size() != *header_size + *state_size)
    throw RunError("it is damaged: it has " + std::to_string(rest.size()) + " bytes instead of " +
                   std::to_string(*header_size + *state_size));
  if (checksum({rest}) != *sum) throw RunError("it is damaged: its checksum is wrong");
  Checkpoint checkpoint;
  checkpoint.header = from_json(rest.substr(0, *header_size));
  checkpoint.state_offset = preamble_size + *header_size;
  checkpoint.bytes = std::move(content);
  return checkpoint;
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) throw RunError(std::strerror(errno));
  std::string bytes(static_cast<std::size_t>(std::max<std::streamoff>(stream.tellg(), 0)), '\0');
  stream.seekg(0);
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) throw RunError("it cannot be read");
  Checkpoint checkpoint = parse_checkpoint(std::move(bytes));
  checkpoint.path = path;
  return checkpoint;
}

FoundCheckpoints find_checkpoints(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    throw InputError("isotherm resume " + folder.string() + ": there is no such folder; give the --output of the run");
  const std::vector<Name> names = names_in(folder);
  if (names.empty())
    throw InputError("isotherm resume " + folder.string() +
                     ": there is no checkpoint in this folder; give the --output of a run that was interrupted");
  FoundCheckpoints found;
  found.next_generation = names.front().generation + 1;
  std::uint64_t generation = 0;  // known not to be whole
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].generation == generation) continue;
    generation = names[i].generation;
    std::map<std::uint64_t, Checkpoint> shares;
    for (std::size_t j = i; j < names.size() && names[j].generation == generation; ++j) {
      if (shares.contains(names[j].rank)) continue;
      if (auto checkpoint = try_read(folder, names[j], found.warnings))
        shares.emplace(names[j].rank, std::move(*checkpoint));
    }
    if (shares.empty() || shares.size() != shares.begin()->second.header.ranks) continue;
    for (auto& [rank, share] : shares) found.shares.push_back(std::move(share));
    return found;
  }
  std::string reasons;
  for (const std::string& warning : found.warnings) reasons += "; " + warning;
  throw InputError("isotherm resume " + folder.string() + ": no checkpoint in this folder can be used" +
                   (reasons.empty() ? "; not every rank of the run has written one" : reasons));
}

bool has_checkpoints(const std::filesystem::path& folder) { return !names_in(folder).empty(); }

std::optional<double> work_in_checkpoints(const std::filesystem::path& folder) {
  std::optional<double> work;
  std::vector<std::string> ignored;
  for (const Name& name : names_in(folder))
    if (const auto checkpoint = try_read(folder, name, ignored))
      work = std::max(work.value_or(0), checkpoint->header.seconds);
  return work;
}

void remove_torn_checkpoints(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::vector<std::filesystem::path> torn;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".checkpoint-") && name.find(".bin.tmp-") != std::string::npos) torn.push_back(entry.path());
  }
  for (const std::filesystem::path& path : torn) std::filesystem::remove(path, ignored);
}

void remove_checkpoints(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const Name& name : names_in(folder)) std::filesystem::remove(folder / file_name(name), ignored);
  remove_torn_checkpoints(folder);
}

CheckpointWriter::CheckpointWriter(std::filesystem::path folder, CheckpointHeader header,
                                   std::optional<double> interval, std::function<void(const std::string&)> warn)
    : folder_(std::move(folder)),
      header_(std::move(header)),
      interval_(interval),
      warn_(std::move(warn)),
      next_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(interval_.value_or(default_checkpoint_interval)))) {}

bool CheckpointWriter::due() { return Clock::now() >= next_; }

void CheckpointWriter::keep(const MeasurementState& state) {
  const Clock::time_point begin = Clock::now();
  header_.number += 1;
  header_.particle_steps = state.particle_steps;
  header_.seconds = state.seconds;
  const std::string name = file_name({header_.generation, header_.rank, header_.number});
  try {
    const std::vector<std::byte> bytes = to_bytes(state);
    const std::string preamble = checkpoint_preamble(header_, bytes);
    FileSet file(folder_);
    file.add(name, {preamble, text_of(bytes)});
    file.commit();
    last_ = (folder_ / name).string();
    written_ = Clock::now();
    failure_.clear();
    remove_older();
  } catch (const std::exception& error) {  // a full disk, no memory for a copy
    const bool known = failure_ == error.what();
    failure_ = error.what();
    if (!known)
      warn_("checkpoint: " + failure_ + (last_.empty() ? "; there is none yet" : "; the last good one is " + last_) +
            "; the run goes on");
  }
  // Never more than 2 % of the time, unless the interval was asked for.
  constexpr double rest = 50;
  const double cost = std::chrono::duration<double>(Clock::now() - begin).count();
  const double wait = interval_ ? *interval_ : std::max(default_checkpoint_interval, rest * cost);
  next_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wait));
}

double CheckpointWriter::seconds_since_last() const {
  return std::chrono::duration<double>(Clock::now() - written_).count();
}

/// Files of this share but the newest; and those of earlier generations, once every rank of this one has as many.
void CheckpointWriter::remove_older() const {
  std::map<std::uint64_t, std::size_t> files;  // by rank, of this generation
  const std::vector<Name> names = names_in(folder_);
  std::error_code ignored;
  for (const Name& name : names) {
    if (name.generation != header_.generation) continue;
    if (++files[name.rank] > kept && name.rank == header_.rank)
      std::filesystem::remove(folder_ / file_name(name), ignored);
  }
  const bool whole = files.size() == header_.ranks &&
                     std::all_of(files.begin(), files.end(), [](const auto& rank) { return rank.second >= kept; });
  if (!whole) return;
  for (const Name& name : names)
    if (name.generation < header_.generation) std::filesystem::remove(folder_ / file_name(name), ignored);
}

}  // namespace isotherm::output
