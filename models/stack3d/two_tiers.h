// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <snnvp/models/stack3d/config.h>
#include <snnvp/platform/engine/engine_core.h>

// Which of the two dies the parts lie on (spec/stack3d.md 2): arrays and cores below; what the partition sends over the bond above.
namespace snnvp::stack3d {

/// Parts that lie on the memory tier; all others lie with the arrays.
struct Placement {
  bool buffers = true;    ///< weight and spike buffers, with router and head scorer
  bool membranes = true;  ///< membranes and firing, with merge and the addition of dense and sparse sums
};

inline Placement placement_of(const Links& links) { return {links.crosses_in(), links.crosses_sums()}; }

/// Adds what the links between the tiers cost on the memory tier: half of it, driver there and receiver here [assumed].
inline void add_half(EventCounts& events, const Links::Events& link) {
  events["bond_bit"] += link.bond_bit / 2;
  events["link_bit_um"] += link.link_bit_um / 2;
}

/// Whether a memory or a unit with a power of its own lies on the memory tier; nullopt: it has parts on both, or is unknown.
std::optional<bool> is_on_memory_tier(const Placement& placement, const std::string& part);

/// An engine that knows what its memory tier did.
class TwoTierEngine : public engine::EngineCore {
public:
  /// Of events(), those of the memory tier.
  virtual EventCounts memory_tier_events() const = 0;
};

}  // namespace snnvp::stack3d
