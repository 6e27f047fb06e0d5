// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snnvp {

/// An event key taken apart: `sram_rd.8192.32.1r1w` -> name, numbers {8192, 32}, dual port (spec/energy.md 4.1).
struct EventKey {
  std::string name;
  std::vector<std::uint64_t> numbers;
  bool dual_port = false;
};

/// Why a key has no price, and what would have one.
struct UnpricedKey {
  std::string problem, hint;
};

/// Takes a key of the common list (spec/energy.md 6.1) apart. Throws UnpricedKey for an unknown name (with the nearest
/// known key) and for parameters that the name does not have. `also_known` are keys beside the common list.
EventKey parse_event_key(const std::string& key, const std::vector<std::string>& also_known = {});

/// The common list, as patterns: "add.<width>", "sram_rd.<bytes>.<bits>[.1r1w]", ...
std::vector<std::string> event_key_patterns();

}  // namespace snnvp
