// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/nir_data.h>

namespace snnvp {

namespace {

/// An HDF5 handle; closing tells of errors that writing kept back.
class Out {
public:
  explicit Out(hid_t id) : id_(id) {
    if (id < 0) throw InputError("the HDF5 library cannot write");
  }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() { H5Idec_ref(id_); }
  operator hid_t() const { return id_; }

private:
  hid_t id_;
};

void check(herr_t result) {
  if (result < 0) throw InputError("the HDF5 library cannot write");
}

void text_attribute(hid_t object, const char* name, const char* value) {
  const Out type(H5Tcopy(H5T_C_S1)), space(H5Screate(H5S_SCALAR));
  check(H5Tset_size(type, H5T_VARIABLE));
  check(H5Tset_cset(type, H5T_CSET_UTF8));
  const Out attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
  check(H5Awrite(attribute, type, &value));
}

void number_attribute(hid_t object, const char* name, hid_t file_type, hid_t memory_type, const void* value) {
  const Out space(H5Screate(H5S_SCALAR));
  const Out attribute(H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT));
  check(H5Awrite(attribute, memory_type, value));
}

void dataset(hid_t group, const char* name, const std::vector<hsize_t>& shape, hid_t file_type, hid_t memory_type, const void* values) {
  const Out space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr)), plist(H5Pcreate(H5P_DATASET_CREATE));
  check(H5Pset_obj_track_times(plist, 0));  // equal data, equal bytes
  bool empty = false;
  for (const hsize_t size : shape) empty = empty || size == 0;
  if (!empty) {
    std::vector<hsize_t> chunk = shape;
    chunk[0] = 1;
    for (std::size_t a = 1; a < chunk.size(); ++a) chunk[a] = std::min<hsize_t>(chunk[a], 4096);
    check(H5Pset_chunk(plist, static_cast<int>(chunk.size()), chunk.data()));
    check(H5Pset_deflate(plist, 4));
  }
  const Out set(H5Dcreate2(group, name, file_type, space, H5P_DEFAULT, plist, H5P_DEFAULT));
  if (!empty) check(H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}

hid_t make_group(hid_t parent, const std::string& name) { return H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT); }

/// h5py's boolean: an enumeration over int8.
hid_t boolean_type() {
  const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  for (const auto& [name, value] : {std::pair<const char*, std::int8_t>{"FALSE", std::int8_t{0}}, {"TRUE", std::int8_t{1}}})
    H5Tenum_insert(type, name, &value);
  return type;
}

void write_grid(hid_t group, const Recording& r) {
  text_attribute(group, "__type__", "TimeGriddedData");
  number_attribute(group, "dt", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &r.dt);
  const std::vector<hsize_t> shape{r.samples, r.steps, r.neurons};
  if (!r.is_spikes()) return dataset(group, "data", shape, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, r.values.data());
  const Out type(boolean_type());
  const std::vector<std::uint8_t> bytes = r.spikes.to_bytes();
  dataset(group, "data", shape, type, type, bytes.data());
}

void write_events(hid_t group, const Recording& r) {
  const std::uint64_t per_sample = r.steps * r.neurons;
  std::vector<std::vector<std::uint64_t>> events(r.samples);
  std::size_t most = 0;
  for (std::uint64_t s = 0; s < r.samples; ++s) {
    for (std::uint64_t i = 0; i < per_sample; ++i)
      if (r.spikes.at(s * per_sample + i)) events[s].push_back(i);
    most = std::max(most, events[s].size());
  }
  std::vector<std::int64_t> idx(r.samples * most, -1);
  std::vector<double> time(r.samples * most, std::numeric_limits<double>::infinity());
  for (std::uint64_t s = 0; s < r.samples; ++s)
    for (std::size_t e = 0; e < events[s].size(); ++e) {
      idx[s * most + e] = static_cast<std::int64_t>(events[s][e] % r.neurons);
      time[s * most + e] = (static_cast<double>(events[s][e] / r.neurons) + 0.5) * r.dt;
    }
  text_attribute(group, "__type__", "EventData");
  const auto neurons = static_cast<std::int64_t>(r.neurons);
  const double t_max = static_cast<double>(r.steps) * r.dt;
  number_attribute(group, "n_neurons", H5T_STD_I64LE, H5T_NATIVE_INT64, &neurons);
  number_attribute(group, "t_max", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &t_max);
  dataset(group, "idx", {r.samples, most}, H5T_STD_I64LE, H5T_NATIVE_INT64, idx.data());
  dataset(group, "time", {r.samples, most}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, time.data());
}

/// Nodes as a tree of their names.
struct Tree {
  std::map<std::string, Tree> inner;
  std::vector<const Recording*> recordings;
};

void write_node(hid_t group, const Tree& tree, const NirDataOptions& options) {
  if (tree.recordings.empty() || !tree.inner.empty()) {
    text_attribute(group, "__type__", "NIRGraphData");
    const Out nodes(make_group(group, "nodes"));
    for (const auto& [name, inner] : tree.inner) write_node(Out(make_group(nodes, name)), inner, options);
    return;
  }
  text_attribute(group, "__type__", "NIRNodeData");
  const Out observables(make_group(group, "observables"));
  for (const Recording* r : tree.recordings) {
    const Out observable(make_group(observables, r->observable));
    r->is_spikes() && !options.grid ? write_events(observable, *r) : write_grid(observable, *r);
  }
}

void write_all(const std::string& file, const Tree& tree, const NirDataOptions& options) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Out opened(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  const Out root(H5Gopen2(opened, "/", H5P_DEFAULT));
  write_node(root, tree, options);
  check(H5Fflush(opened, H5F_SCOPE_GLOBAL));
}

}  // namespace

void write_nir_data(const std::string& file, const std::vector<Recording>& recordings, const NirDataOptions& options) {
  Tree tree;
  for (const Recording& r : recordings) {
    Tree* at = &tree;
    std::string rest = r.node;
    if (options.flat) std::replace(rest.begin(), rest.end(), '/', '.');
    for (std::size_t slash = rest.find('/'); slash != std::string::npos; slash = rest.find('/')) {
      at = &at->inner[rest.substr(0, slash)];
      rest.erase(0, slash + 1);
    }
    at->inner[rest].recordings.push_back(&r);
  }
  const std::string part = fmt::format("{}.tmp.{}", file, getpid());
  try {
    write_all(part, tree, options);
    if (std::rename(part.c_str(), file.c_str()) != 0) throw InputError("rename failed");
  } catch (const InputError& error) {
    std::remove(part.c_str());
    throw InputError(fmt::format("cannot write {}: {}", printable(file), error.what()));
  }
}

}  // namespace snnvp
