// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace snnvp::desk {

/// What a layer, or a stage of a package, waits for (spec/formats.md 7): memory (stalls above 30 % of its cycles, or transfers longer than
/// the work), detection (the detector works longer than the adders), link (the busiest link is taken for more than half of it, or longer
/// than anything else), compute; empty if its engine does not tell its cycles apart.
std::string bound_of(const nlohmann::ordered_json& layer);
/// The shares behind it in words: "adders 60 %, memory stalls 35 %"; they overlap. Empty where there are none.
std::string bound_reason(const nlohmann::ordered_json& layer);

/// A layer in the roofline's terms; nothing unless it is a product of matrices that moves data.
struct Roofline {
  double ops_per_byte = 0;   ///< dense accumulates M K N over bytes from and to DRAM
  double ops_per_cycle = 0;  ///< the same over its cycles
};
std::optional<Roofline> roofline_of(const nlohmann::ordered_json& layer);

}  // namespace snnvp::desk
