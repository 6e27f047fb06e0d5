// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/npy.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/npy_header.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
// numpy aligns the data to this many bytes.
constexpr std::size_t alignment = 64;
constexpr std::size_t max_header = 1U << 20;

std::uint64_t little_endian(const char* bytes, unsigned count) {
  std::uint64_t value = 0;
  for (unsigned b = 0; b < count; ++b) value |= std::uint64_t{static_cast<unsigned char>(bytes[b])} << (8 * b);
  return value;
}

double half_to_double(std::uint64_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
  const std::uint64_t exponent = (bits >> 10) & 0x1FU;
  const auto fraction = static_cast<double>(bits & 0x3FFU);
  if (exponent == 31) return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * fraction * 0x1p-24;
  const double scale = static_cast<double>(std::uint64_t{1} << exponent) * 0x1p-25;  // 2^(exponent - 15) / 2^10
  return sign * (1024.0 + fraction) * scale;
}

template <typename Real, typename Word>
double real_from(Word word) {
  static_assert(sizeof(Real) == sizeof(Word));
  Real real;
  std::memcpy(&real, &word, sizeof(real));
  return static_cast<double>(real);
}

// Elements in column-major order, as numpy stores Fortran arrays, to C order.
std::vector<std::uint8_t> transposed(const std::uint8_t* from, std::uint64_t elements, std::size_t item,
                                     const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint8_t> to(elements * item);
  std::vector<std::uint64_t> stride(shape.size(), 1);
  for (std::size_t a = 1; a < shape.size(); ++a) stride[a] = stride[a - 1] * shape[a - 1];
  std::vector<std::uint64_t> index(shape.size(), 0);
  std::uint64_t source = 0;
  for (std::uint64_t i = 0; i < elements; ++i) {
    std::memcpy(to.data() + i * item, from + source * item, item);
    for (std::size_t a = shape.size(); a-- > 0;) {
      source += stride[a];
      if (++index[a] < shape[a]) break;
      source -= stride[a] * shape[a];
      index[a] = 0;
    }
  }
  return to;
}

}  // namespace

NpyArray NpyArray::of(NpyType type, std::vector<std::uint64_t> shape) {
  NpyArray array;
  array.fields = {{"", type, 0}};
  array.item_size = type.size;
  std::uint64_t elements = 1;
  for (const std::uint64_t side : shape) elements *= side;
  array.shape = std::move(shape);
  array.data.resize(elements * type.size);
  return array;
}

NpyArray NpyArray::of_bytes(const std::uint8_t* bytes, std::size_t count) {
  NpyArray array = of({NpyType::Kind::unsigned_integer, 1}, {count});
  std::copy_n(bytes, count, array.data.begin());
  return array;
}

int NpyArray::field(std::string_view name) const {
  for (std::size_t f = 0; f < fields.size(); ++f)
    if (fields[f].name == name) return static_cast<int>(f);
  return -1;
}

std::int64_t NpyArray::as_i64(std::uint64_t i, std::size_t field) const {
  const NpyField& f = fields[field];
  if (f.type.kind == NpyType::Kind::real) {
    const double real = as_double(i, field);
    return real > -0x1p63 && real < 0x1p63 ? static_cast<std::int64_t>(real) : 0;
  }
  const auto* at = reinterpret_cast<const char*>(data.data() + i * item_size + f.offset);
  const std::uint64_t word = little_endian(at, f.type.size);
  if (f.type.kind == NpyType::Kind::boolean) return word != 0;
  if (f.type.kind == NpyType::Kind::unsigned_integer || f.type.size == 8) return static_cast<std::int64_t>(word);
  const std::uint64_t sign = std::uint64_t{1} << (8 * f.type.size - 1);
  return static_cast<std::int64_t>((word ^ sign) - sign);
}

double NpyArray::as_double(std::uint64_t i, std::size_t field) const {
  const NpyField& f = fields[field];
  const auto* at = reinterpret_cast<const char*>(data.data() + i * item_size + f.offset);
  const std::uint64_t word = little_endian(at, f.type.size);
  if (f.type.kind == NpyType::Kind::real) {
    if (f.type.size == 2) return half_to_double(word);
    if (f.type.size == 4) return real_from<float>(static_cast<std::uint32_t>(word));
    return real_from<double>(word);
  }
  if (f.type.kind == NpyType::Kind::unsigned_integer) return static_cast<double>(word);
  return static_cast<double>(as_i64(i, field));
}

bool NpyArray::operator==(const NpyArray& other) const {
  const auto same_field = [](const NpyField& a, const NpyField& b) { return a.name == b.name && a.type == b.type && a.offset == b.offset; };
  return item_size == other.item_size && shape == other.shape && data == other.data &&
         std::equal(fields.begin(), fields.end(), other.fields.begin(), other.fields.end(), same_field);
}

NpyArray parse_npy(std::string_view bytes, const std::string& name, const NpyLimits& limits) {
  const auto fail = [&](const std::string& what) -> void { throw InputError(name + ": " + what); };
  if (bytes.substr(0, magic.size()) != magic) {
    if (bytes.substr(0, 2) == "PK") fail("this is a ZIP archive (npz), not an npy file");
    fail(bytes.size() < magic.size() ? "too short for an npy file" : "not an npy file (it does not start with \\x93NUMPY)");
  }
  if (bytes.size() < 10) fail("the file ends inside the npy header");
  const auto major = static_cast<unsigned char>(bytes[6]);
  const auto minor = static_cast<unsigned char>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) fail(fmt::format("npy format version {}.{}; readable are 1.0, 2.0 and 3.0", major, minor));
  const unsigned length_bytes = major == 1 ? 2 : 4;
  const std::size_t start = 8 + length_bytes;
  if (bytes.size() < start) fail("the file ends inside the npy header");
  const std::uint64_t length = little_endian(bytes.data() + 8, length_bytes);
  if (length > max_header) fail(fmt::format("the npy header claims {} bytes, at most {} are read", length, max_header));
  if (bytes.size() - start < length) fail("the file ends inside the npy header");

  NpyHeader header = parse_npy_header(bytes.substr(start, length), name);
  const std::string_view payload = bytes.substr(start + length);
  std::uint64_t elements = 1;
  bool overflow = false;
  bool empty = false;
  for (const std::uint64_t side : header.shape) {
    empty = empty || side == 0;
    overflow = overflow || (side != 0 && elements > limits.max_bytes / side);
    if (!overflow) elements *= side;
  }
  if (empty) elements = 0;
  if (!empty && (overflow || elements > limits.max_bytes / header.item_size))
    fail(fmt::format("an array of shape ({}) with {} bytes per element is larger than {} bytes", shape_text(header.shape), header.item_size,
                     limits.max_bytes));
  const std::uint64_t expected = elements * header.item_size;
  if (payload.size() != expected)
    fail(fmt::format("shape ({}) with {} bytes per element needs {} bytes of data, the file holds {}", shape_text(header.shape),
                     header.item_size, expected, payload.size()));

  NpyArray array;
  array.fields = std::move(header.fields);
  array.item_size = header.item_size;
  array.shape = std::move(header.shape);
  const auto* data = reinterpret_cast<const std::uint8_t*>(payload.data());
  if (header.fortran_order && array.shape.size() > 1)
    array.data = transposed(data, elements, array.item_size, array.shape);
  else
    array.data.assign(data, data + payload.size());
  return array;
}

NpyArray read_npy(const std::string& path, const NpyLimits& limits) {
  std::string problem;
  const auto bytes = read_file(path, problem, limits.max_bytes + max_header + 12);
  if (!bytes) throw InputError(problem);
  return parse_npy(*bytes, path, limits);
}

std::string format_npy(const NpyArray& array) {
  std::string dictionary = format_npy_header(array);
  const bool is_long = dictionary.size() + alignment > 65535;
  const std::size_t start = is_long ? 12 : 10;
  const std::size_t unpadded = start + dictionary.size() + 1;
  dictionary.append((alignment - unpadded % alignment) % alignment, ' ');
  dictionary += '\n';
  std::string bytes(magic);
  bytes += is_long ? '\x02' : '\x01';
  bytes += '\0';
  for (unsigned b = 0; b < start - 8; ++b) bytes += static_cast<char>(dictionary.size() >> (8 * b));
  bytes += dictionary;
  bytes.append(reinterpret_cast<const char*>(array.data.data()), array.data.size());
  return bytes;
}

void write_npy(const std::string& path, const NpyArray& array) {
  std::string problem;
  if (!write_file_atomically(path, format_npy(array), problem)) throw InputError(problem);
}

}  // namespace snnvp
