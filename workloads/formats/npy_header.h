// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/workloads/formats/npy.h>

namespace snnvp {

/// What the dictionary at the start of an npy file says.
struct NpyHeader {
  std::vector<NpyField> fields;
  std::size_t item_size = 0;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
};

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }` with a tokenizer; nothing is ever evaluated.
/// InputError "NAME: what".
NpyHeader parse_npy_header(std::string_view dictionary, const std::string& name);

/// The dictionary numpy would write for this array.
std::string format_npy_header(const NpyArray& array);

}  // namespace snnvp
