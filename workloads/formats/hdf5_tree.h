// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/workloads/formats/guarded_read.h>

namespace snnvp {

/// A group, dataset or attribute of an HDF5 file with everything in it, all numbers as double.
struct Hdf5Item {
  enum class Kind : std::uint8_t {
    group,
    numbers,  ///< integers, reals and booleans
    strings,
    unread  ///< something else, or something we do not follow; `problem` says what
  };
  Kind kind = Kind::group;
  std::string name;
  std::string problem;
  std::vector<std::uint64_t> shape;  ///< empty for a scalar
  std::vector<double> numbers;
  std::vector<std::string> strings;
  std::vector<Hdf5Item> attributes;  ///< by name
  std::vector<Hdf5Item> children;    ///< of a group, by name

  const Hdf5Item* child(std::string_view key) const;
  const Hdf5Item* attribute(std::string_view key) const;
};

struct Hdf5Limits {
  std::uint64_t values = std::uint64_t{1} << 26;      ///< numbers in the whole file
  std::uint64_t text_bytes = std::uint64_t{1} << 26;  ///< characters in the whole file
  std::uint64_t items = std::uint64_t{1} << 18;       ///< groups, datasets and attributes
  unsigned depth = 64;                                ///< of groups
  GuardLimits guard;
};

/// Reads a whole file in a guarded child process. Soft and external links, data kept in other files, filters the library lacks,
/// compound and other types, and what exceeds the limits come back as `unread` with a sentence.
/// InputError "FILE: what" if it is no HDF5 file, "the HDF5 library could not read FILE: why" if the library failed.
Hdf5Item read_hdf5(const std::string& file, const Hdf5Limits& limits = {});

}  // namespace snnvp
