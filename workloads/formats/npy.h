// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace snnvp {

/// An element type of numpy that we read: |b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 (spec/formats.md 4.3).
struct NpyType {
  enum class Kind : char { boolean = 'b', signed_integer = 'i', unsigned_integer = 'u', real = 'f' };
  Kind kind = Kind::unsigned_integer;
  unsigned size = 1;  ///< bytes

  /// "<i4", "|b1".
  std::string name() const;
  bool operator==(const NpyType& other) const { return kind == other.kind && size == other.size; }
};

/// One field of a structured element; a plain array has a single field without a name.
struct NpyField {
  std::string name;
  NpyType type;
  std::size_t offset = 0;  ///< bytes from the start of the element
};

/// An array as numpy stores it, little-endian and always in C order.
struct NpyArray {
  std::vector<NpyField> fields;
  std::size_t item_size = 0;  ///< bytes of one element, padding between fields included
  std::vector<std::uint64_t> shape;
  std::vector<std::uint8_t> data;

  /// An all-zero plain array.
  static NpyArray of(NpyType type, std::vector<std::uint64_t> shape);
  /// A one-dimensional array of bytes, as packed spikes are stored.
  static NpyArray of_bytes(const std::uint8_t* bytes, std::size_t count);

  bool is_plain() const { return fields.size() == 1 && fields[0].name.empty(); }
  bool is_plain(NpyType type) const { return is_plain() && fields[0].type == type; }
  std::uint64_t elements() const { return item_size == 0 ? 0 : data.size() / item_size; }
  /// Index of the field of that name, or -1.
  int field(std::string_view name) const;

  /// Element i of a field as an integer; u8 values above 2^63 wrap, reals are truncated (0 beyond the range or nan).
  std::int64_t as_i64(std::uint64_t i, std::size_t field = 0) const;
  std::uint64_t as_u64(std::uint64_t i, std::size_t field = 0) const { return static_cast<std::uint64_t>(as_i64(i, field)); }
  double as_double(std::uint64_t i, std::size_t field = 0) const;

  bool operator==(const NpyArray& other) const;
};

/// Sizes beyond which a file is refused instead of read.
struct NpyLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 30;
};

/// Reads an npy file of format version 1.0, 2.0 or 3.0. Fortran order is transposed. Nothing is allocated before the shape has
/// been checked against the file's size. InputError "FILE: what" for anything else, with the numpy call that mends it if there is one.
NpyArray read_npy(const std::string& path, const NpyLimits& limits = {});
/// The same from memory; `name` is used in messages.
NpyArray parse_npy(std::string_view bytes, const std::string& name, const NpyLimits& limits = {});

/// The bytes of an npy file (version 1.0, or 2.0 if the header is longer than 65535 bytes).
std::string format_npy(const NpyArray& array);
/// Writes a file in one step. InputError if it cannot be written.
void write_npy(const std::string& path, const NpyArray& array);

}  // namespace snnvp
