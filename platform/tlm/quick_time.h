// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <type_traits>

#include <systemc>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// As sc_time_of, for paths on which the call into the kernel's library would be felt: at a resolution of 1 ps a time is its number.
inline sc_core::sc_time quick_time_of(Picoseconds ps) {
  static_assert(sizeof(sc_core::sc_time) == sizeof ps && std::is_standard_layout_v<sc_core::sc_time>);
  sc_core::sc_time time;
  std::memcpy(static_cast<void*>(&time), &ps, sizeof ps);
  return time;
}

}  // namespace snnvp
