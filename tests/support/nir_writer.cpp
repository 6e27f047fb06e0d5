// SPDX-License-Identifier: Apache-2.0
#include "nir_writer.h"

#include <hdf5.h>

#include <algorithm>
#include <stdexcept>

namespace snnvp::test {

namespace {

/// An HDF5 handle that must be sound: the tests' own files have no excuse.
class Id {
public:
  explicit Id(hid_t id) : id_(id) {
    if (id < 0) throw std::runtime_error("the test's HDF5 file cannot be written");
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() { H5Idec_ref(id_); }
  operator hid_t() const { return id_; }

private:
  hid_t id_;
};

hid_t space_of(const Shape& shape) {
  if (shape.empty()) return H5Screate(H5S_SCALAR);
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
}

hid_t links() {
  const hid_t plist = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(plist, 1);
  return plist;
}

hid_t creation(const Shape& shape, bool gzip) {
  const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
  if (!gzip || shape.empty() || elements_of(shape) == 0) return plist;
  const std::vector<hsize_t> chunk(shape.begin(), shape.end());
  H5Pset_chunk(plist, static_cast<int>(chunk.size()), chunk.data());
  H5Pset_deflate(plist, 4);
  return plist;
}

hid_t file_type(NirWriter::Number number) {
  return number == NirWriter::Number::f32 ? H5T_IEEE_F32LE : number == NirWriter::Number::f64 ? H5T_IEEE_F64LE : H5T_STD_I64LE;
}

}  // namespace

NirWriter::NirWriter(const std::string& file, Style s, bool with_version)
    : style(s), file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {
  if (file_ < 0) throw std::runtime_error("cannot write " + file);
  if (with_version) text("/version", "0.2.0");
}
NirWriter::~NirWriter() { H5Fclose(file_); }

void NirWriter::numbers(const std::string& path, const Shape& shape, const std::vector<double>& values) {
  numbers(path, shape, values, style.number);
}

void NirWriter::numbers(const std::string& path, const Shape& shape, const std::vector<double>& values, Number type) {
  const Id space(space_of(shape)), plist(creation(shape, style.gzip)), link(links());
  const Id set(H5Dcreate2(file_, path.c_str(), file_type(type), space, link, plist, H5P_DEFAULT));
  if (!values.empty()) H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

void NirWriter::booleans(const std::string& path, const Shape& shape, const std::vector<std::uint8_t>& values) {
  const Id type(H5Tenum_create(H5T_NATIVE_INT8));
  std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  const Id space(space_of(shape)), plist(creation(shape, style.gzip)), link(links());
  const Id set(H5Dcreate2(file_, path.c_str(), type, space, link, plist, H5P_DEFAULT));
  H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

void NirWriter::texts(const std::string& path, const Shape& shape, const std::vector<std::string>& values) {
  const Id type(H5Tcopy(H5T_C_S1)), space(space_of(shape)), link(links());
  H5Tset_cset(type, H5T_CSET_UTF8);
  if (style.fixed_strings) {
    std::size_t size = 1;
    for (const std::string& v : values) size = std::max(size, v.size());
    H5Tset_size(type, size);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    std::string bytes;
    for (const std::string& v : values) bytes += v + std::string(size - v.size(), '\0');
    const Id set(H5Dcreate2(file_, path.c_str(), type, space, link, H5P_DEFAULT, H5P_DEFAULT));
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    return;
  }
  H5Tset_size(type, H5T_VARIABLE);
  std::vector<const char*> pointers;
  for (const std::string& v : values) pointers.push_back(v.c_str());
  const Id plist(creation(shape, style.gzip));
  const Id set(H5Dcreate2(file_, path.c_str(), type, space, link, plist, H5P_DEFAULT));
  H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data());
}

void NirWriter::group(const std::string& path) {
  const Id link(links());
  const Id made(H5Gcreate2(file_, path.c_str(), link, H5P_DEFAULT, H5P_DEFAULT));
}

void NirWriter::text_attribute(const std::string& path, const std::string& name, const std::string& value) {
  const Id object(H5Oopen(file_, path.c_str(), H5P_DEFAULT)), type(H5Tcopy(H5T_C_S1)), space(H5Screate(H5S_SCALAR));
  H5Tset_size(type, H5T_VARIABLE);
  const char* pointer = value.c_str();
  const Id attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  H5Awrite(attribute, type, &pointer);
}

void NirWriter::number_attribute(const std::string& path, const std::string& name, double value, Number number) {
  const Id object(H5Oopen(file_, path.c_str(), H5P_DEFAULT)), space(H5Screate(H5S_SCALAR));
  const Id attribute(H5Acreate2(object, name.c_str(), file_type(number), space, H5P_DEFAULT, H5P_DEFAULT));
  H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
}

void NirWriter::graph(const std::string& path, const std::vector<std::pair<std::string, std::string>>& edges) {
  text(path + "/type", "NIRGraph");
  if (edges.empty()) return numbers(path + "/edges", {0}, {}, Number::f64);
  std::vector<std::string> names;
  for (const auto& [from, to] : edges) names.push_back(from), names.push_back(to);
  texts(path + "/edges", {edges.size(), 2}, names);
}

void NirWriter::input(const std::string& name, const Shape& shape) {
  text(nodes + name + "/type", "Input");
  numbers(nodes + name + "/shape", {shape.size()}, {shape.begin(), shape.end()}, Number::i64);
}

void NirWriter::output(const std::string& name, const Shape& shape) {
  text(nodes + name + "/type", "Output");
  numbers(nodes + name + "/shape", {shape.size()}, {shape.begin(), shape.end()}, Number::i64);
}

void NirWriter::linear(const std::string& name, const Shape& shape, const std::vector<double>& weight) {
  text(nodes + name + "/type", "Linear");
  numbers(nodes + name + "/weight", shape, weight);
}

void NirWriter::affine(const std::string& name, const Shape& shape, const std::vector<double>& weight, const std::vector<double>& bias) {
  text(nodes + name + "/type", "Affine");
  numbers(nodes + name + "/weight", shape, weight);
  numbers(nodes + name + "/bias", {bias.size()}, bias);
}

void NirWriter::param_node(const std::string& name, const std::string& type, const Shape& shape,
                           const std::vector<std::pair<std::string, double>>& params) {
  text(nodes + name + "/type", type);
  for (const auto& [key, value] : params) numbers(nodes + name + "/" + key, shape, std::vector<double>(elements_of(shape), value));
}

void NirWriter::lif(const std::string& name, const Shape& shape, double tau, double r, double v_threshold, double v_leak) {
  param_node(name, "LIF", shape, {{"tau", tau}, {"r", r}, {"v_leak", v_leak}, {"v_threshold", v_threshold}});
}

void NirWriter::conv(const std::string& name, const Shape& shape, const std::vector<double>& weight, const std::vector<double>& bias,
                     const Conv& o) {
  const std::string path = nodes + name + "/";
  text(path + "type", shape.size() == 4 ? "Conv2d" : "Conv1d");
  numbers(path + "weight", shape, weight);
  numbers(path + "bias", {bias.size()}, bias);
  const auto sizes = [&](const char* key, const std::vector<double>& values) {
    values.size() == 1 ? scalar(path + key, values[0], Number::i64) : numbers(path + key, {values.size()}, values, Number::i64);
  };
  sizes("stride", o.stride);
  sizes("dilation", o.dilation);
  if (o.padding_word.empty())
    sizes("padding", o.padding);
  else
    text(path + "padding", o.padding_word);
  scalar(path + "groups", o.groups, Number::i64);
  if (!o.input_shape.empty())
    numbers(path + "input_shape", {o.input_shape.size()}, {o.input_shape.begin(), o.input_shape.end()}, Number::i64);
}

void NirWriter::pool(const std::string& name, const std::string& type, double kernel, double stride) {
  const std::string path = nodes + name + "/";
  text(path + "type", type);
  numbers(path + "kernel_size", {2}, {kernel, kernel}, Number::i64);
  numbers(path + "stride", {2}, {stride, stride}, Number::i64);
  numbers(path + "padding", {2}, {0, 0}, Number::i64);
}

}  // namespace snnvp::test
