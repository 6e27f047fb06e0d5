// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace snnvp::desk {

/// What a layer waits for: memory (stalls above 30 % of its cycles), detection (the detector works longer than the adders), compute; empty
/// if its engine does not tell its cycles apart (spec/formats.md 7).
std::string bound_of(const nlohmann::ordered_json& layer);

/// A layer in the roofline's terms; nothing unless it is a product of matrices that moves data.
struct Roofline {
  double ops_per_byte = 0;   ///< dense accumulates M K N over bytes from and to DRAM
  double ops_per_cycle = 0;  ///< the same over its cycles
};
std::optional<Roofline> roofline_of(const nlohmann::ordered_json& layer);

}  // namespace snnvp::desk
