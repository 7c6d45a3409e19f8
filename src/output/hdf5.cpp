#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include "isotherm/core/error.hpp"
#include "output/array_file.hpp"
#include "output/expected.hpp"
#include "output/histogram_files.hpp"

namespace isotherm::output {
namespace {

/// An HDF5 identifier that is closed once.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {
    if (id_ < 0) throw RunError("the HDF5 library could not make an HDF5 file");
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void check(herr_t status) {
  if (status < 0) throw RunError("the HDF5 library could not write an HDF5 file");
}

/// Times are left out, so that equal contents are equal files.
Handle new_group(hid_t parent, const std::string& name) {
  const Handle timeless(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  check(H5Pset_obj_track_times(timeless, false));
  // netCDF reads groups in the order of their creation.
  check(H5Pset_link_creation_order(timeless, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  return {H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, timeless, H5P_DEFAULT), H5Gclose};
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  check(H5Tset_size(type, H5T_VARIABLE));
  check(H5Tset_cset(type, H5T_CSET_UTF8));
  return type;
}

/// As h5py stores bool.
Handle bool_type() {
  Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  std::int8_t value = 0;
  check(H5Tenum_insert(type, "FALSE", &value));
  value = 1;
  check(H5Tenum_insert(type, "TRUE", &value));
  return type;
}

void put_attribute(hid_t object, const char* name, hid_t file_type, hid_t memory_type, const void* value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  check(H5Awrite(attribute, memory_type, value));
}

void put(hid_t object, const char* name, const std::string& text) {
  const Handle type = text_type();
  const char* start = text.c_str();
  put_attribute(object, name, type, type, &start);
}
void put(hid_t object, const char* name, const char* text) { put(object, name, std::string(text)); }
void put(hid_t object, const char* name, double value) {
  put_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}
void put(hid_t object, const char* name, std::uint64_t value) {
  put_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_UINT64, &value);
}
void put(hid_t object, const char* name, bool value) {
  const Handle type = bool_type();
  const std::int8_t byte = value ? 1 : 0;
  put_attribute(object, name, type, type, &byte);
}

Handle new_dataset(hid_t group, const std::string& name, hid_t file_type, const std::vector<std::uint64_t>& shape) {
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const Handle space(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose);
  const Handle create(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  check(H5Pset_obj_track_times(create, false));
  check(H5Pset_attr_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  return {H5Dcreate2(group, name.c_str(), file_type, space, H5P_DEFAULT, create, H5P_DEFAULT), H5Dclose};
}

Handle put_array(hid_t group, const std::string& name, const std::vector<double>& values,
                 const std::vector<std::uint64_t>& shape) {
  Handle dataset = new_dataset(group, name, H5T_IEEE_F64LE, shape);
  check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  return dataset;
}

Handle put_array(hid_t group, const std::string& name, const std::vector<std::uint64_t>& values,
                 const std::vector<std::uint64_t>& shape) {
  Handle dataset = new_dataset(group, name, H5T_STD_I64LE, shape);
  check(H5Dwrite(dataset, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  return dataset;
}

/// A link may not contain '/'; nor may two of a group have the same name.
std::string link_name(const std::string& wanted, const std::string& otherwise, std::set<std::string>& used) {
  std::string name = wanted.find('/') == std::string::npos && wanted != "." && wanted != ".." ? wanted : otherwise;
  while (!used.insert(name).second) name += '_';
  return name;
}

void put_axes(hid_t group, const std::vector<Axis>& axes) {
  const Handle referenced = new_group(group, "ref_axes");
  const Handle list = new_dataset(group, "axes", H5T_STD_REF_OBJ, {axes.size()});
  std::vector<hobj_ref_t> references(axes.size());
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const std::string name = "axis_" + std::to_string(a);
    const Handle axis = new_group(referenced, name);
    put(axis, "type", "regular");
    put(axis, "lower", axes[a].lower);
    put(axis, "upper", axes[a].upper);
    put(axis, "bins", std::uint64_t{axes[a].bins});
    put(axis, "underflow", !axes[a].periodic);
    put(axis, "overflow", true);
    put(axis, "circular", axes[a].periodic);
    const Handle metadata = new_group(axis, "metadata");
    put(metadata, "name", axes[a].expression);
    put(metadata, "label", axes[a].expression);
    check(H5Rcreate(&references[a], referenced, name.c_str(), H5R_OBJECT, -1));
  }
  check(H5Dwrite(list, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, references.data()));
}

std::vector<double> middles(const Axis& axis) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> all;
  if (!axis.periodic) all.push_back(-infinity);
  for (std::size_t bin = 0; bin < axis.bins; ++bin) all.push_back((axis.edge(bin) + axis.edge(bin + 1)) / 2);
  all.push_back(infinity);
  return all;
}

void put_histogram(hid_t file, const std::string& name, const Histogram& histogram,
                   const std::vector<theory::Prediction>& predictions) {
  const UhiArrays arrays = uhi_arrays(histogram);
  const Handle group = new_group(file, name);
  put(group, "uhi_schema", std::uint64_t{1});

  std::uint64_t nonfinite = 0;
  for (const std::uint64_t count : histogram.nonfinite) nonfinite += count;
  const Handle metadata = new_group(group, "metadata");
  put(metadata, "name", histogram.name);
  put(metadata, "_variance_known", histogram.single_snapshot || !arrays.variances.empty());
  put(metadata, "nonfinite", nonfinite);
  put(metadata, "single_snapshot", histogram.single_snapshot);
  if (histogram.single_snapshot) put(metadata, "step", histogram.step);
  const Handle writers = new_group(group, "writer_info");
  put(new_group(writers, "isotherm"), "version", ISOTHERM_VERSION);
  put_axes(group, histogram.axes);

  const Handle storage = new_group(group, "storage");
  put(storage, "type", arrays.type());
  const Handle bins = new_group(group, "bins");
  std::set<std::string> used = {"count", "variance"};
  std::vector<std::string> scales;
  for (std::size_t a = 0; a < histogram.axes.size(); ++a) {
    const Axis& axis = histogram.axes[a];
    scales.push_back(link_name(axis.expression, "axis_" + std::to_string(a), used));
    const std::vector<double> at = middles(axis);
    const Handle scale = put_array(bins, scales.back(), at, {at.size()});
    check(H5DSset_scale(scale, scales.back().c_str()));
    put(scale, "long_name", axis.expression);
  }
  const auto attach = [&](hid_t dataset) {
    for (std::size_t a = 0; a < scales.size(); ++a) {
      const Handle scale(H5Dopen2(bins, scales[a].c_str(), H5P_DEFAULT), H5Dclose);
      check(H5DSattach_scale(dataset, scale, static_cast<unsigned>(a)));
    }
  };
  const auto put_storage = [&](const char* key, const char* link, const auto& values) {
    const Handle dataset = put_array(storage, key, values, arrays.shape);
    attach(dataset);
    check(H5Lcreate_hard(storage, key, bins, link, H5P_DEFAULT, H5P_DEFAULT));
  };
  if (arrays.variances.empty()) {
    put_storage("values", "count", arrays.values);
  } else {  // readers of weighted storage expect doubles
    put_storage("values", "count", std::vector<double>(arrays.values.begin(), arrays.values.end()));
    put_storage("variances", "variance", arrays.variances);
  }
  double entries = 0;
  for (const double count : finite_entries(histogram)) entries += count;
  for (const Expected& expected : expected_on(histogram.axes, predictions)) {
    std::vector<double> counts;
    for (const std::size_t slot : uhi_slots(histogram.axes))
      counts.push_back((*expected.probabilities)[slot] * entries);
    const Handle dataset =
        put_array(bins, link_name(expected.prediction, expected.prediction, used), counts, arrays.shape);
    put(dataset, "long_name", "expected count by " + expected.prediction);
    attach(dataset);
  }
}

}  // namespace

bool has_hdf5() { return true; }

std::string uhi_hdf5(const std::vector<const Histogram*>& histograms,
                     const std::vector<theory::Prediction>& predictions) {
  // In memory: the file must appear whole, with all others of the folder.
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  constexpr std::size_t growth = 1 << 20;
  check(H5Pset_fapl_core(access, growth, false));
  const Handle create(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  check(H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  const Handle file(H5Fcreate("histograms.h5", H5F_ACC_TRUNC, create, access), H5Fclose);
  std::set<std::string> used;
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    const std::string name = link_name(histograms[i]->name, "histogram_" + std::to_string(i), used);
    put_histogram(file, name, *histograms[i], predictions);
  }
  check(H5Fflush(file, H5F_SCOPE_GLOBAL));
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  if (size < 0) check(-1);
  std::string image(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(file, image.data(), image.size()) != size) check(-1);
  return image;
}

void copy_to_hdf5(const std::filesystem::path& npy, const std::filesystem::path& path, const std::string& name,
                  Precision precision, const std::vector<ArrayAxis>& axes) {
  const std::size_t number = precision == Precision::single ? sizeof(float) : sizeof(double);
  const hid_t file_type = precision == Precision::single ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  std::vector<std::uint64_t> shape;
  std::vector<hsize_t> counts;
  std::uint64_t row = 1;  // numbers of one place on the first axis
  for (const ArrayAxis& axis : axes) {
    row *= shape.empty() ? 1 : axis.size;
    shape.push_back(axis.size);
    counts.push_back(axis.size);
  }
  const Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  const Handle dataset = new_dataset(file, name, file_type, shape);
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const ArrayAxis& axis = axes[a];
    if (axis.values.empty() && axis.texts.empty()) {
      // As netCDF-4 names a dimension that has no values: the dataset is never written, and takes no space.
      char words[80];
      std::snprintf(words, sizeof words, "This is a netCDF dimension but not a netCDF variable. %10llu",
                    static_cast<unsigned long long>(axis.size));
      const Handle dimension = new_dataset(file, axis.name, H5T_IEEE_F32LE, {axis.size});
      check(H5DSset_scale(dimension, words));
      check(H5DSattach_scale(dataset, dimension, static_cast<unsigned>(a)));
      continue;
    }
    const Handle text = text_type();
    const Handle scale =
        new_dataset(file, axis.name, axis.texts.empty() ? hid_t{H5T_STD_I64LE} : hid_t{text}, {axis.size});
    if (axis.texts.empty()) {
      check(H5Dwrite(scale, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, axis.values.data()));
    } else {
      std::vector<const char*> starts;
      for (const std::string& entry : axis.texts) starts.push_back(entry.c_str());
      check(H5Dwrite(scale, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, starts.data()));
    }
    check(H5DSset_scale(scale, axis.name.c_str()));
    check(H5DSattach_scale(dataset, scale, static_cast<unsigned>(a)));
  }

  std::ifstream stream(npy, std::ios::binary);
  constexpr std::streamoff length_at = 8;
  unsigned char length[2] = {0, 0};
  stream.seekg(length_at);
  stream.read(reinterpret_cast<char*>(length), sizeof length);
  stream.seekg(length_at + 2 + length[0] + std::streamoff{256} * length[1]);
  constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 24;
  const std::uint64_t rows_at_once = std::max<std::uint64_t>(1, piece_bytes / (row * number));
  std::vector<char> bytes;
  const Handle all(H5Dget_space(dataset), H5Sclose);
  std::vector<hsize_t> start(axes.size(), 0);
  for (std::uint64_t first = 0; first < axes[0].size; first += rows_at_once) {
    counts[0] = std::min(rows_at_once, axes[0].size - first);
    start[0] = first;
    bytes.resize(counts[0] * row * number);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      throw RunError("could not read " + npy.string());
    const Handle here(H5Screate_simple(static_cast<int>(counts.size()), counts.data(), nullptr), H5Sclose);
    check(H5Sselect_hyperslab(all, H5S_SELECT_SET, start.data(), nullptr, counts.data(), nullptr));
    check(H5Dwrite(dataset, file_type, here, all, H5P_DEFAULT, bytes.data()));
  }
  check(H5Fflush(file, H5F_SCOPE_GLOBAL));
}

}  // namespace isotherm::output
