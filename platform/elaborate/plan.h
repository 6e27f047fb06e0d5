// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/registry/registry.h>

// What will be built, checked from descriptors alone: every error is found before anything is instantiated
// (decision 3). No SystemC here.
namespace snnvp {

/// "pu.irq" or "host.irq[0]" taken apart.
struct PortRef {
  std::string block, port;
  int index = -1;  ///< -1: none given
  std::string text() const { return block + "." + port + (index < 0 ? "" : "[" + std::to_string(index) + "]"); }
};

struct BlockPlan {
  const BlockDecl* decl = nullptr;
  const KindDescriptor* kind = nullptr;
  ParamSet params;
};

/// A socket or interrupt connection; indices are settled.
struct LinkPlan {
  PortRef from, to;
  bool is_irq = false;
  ProtocolCheck monitor = ProtocolCheck::off;
};

struct MapPlan {
  std::string router;
  AddressWindow window;
  PortRef target;
};

struct Plan {
  std::map<std::string, BlockPlan> blocks;      ///< by name: the order of construction
  std::vector<LinkPlan> links;                  ///< by initiator; those that maps imply included
  std::vector<MapPlan> maps;                    ///< by router, then base
  std::map<std::string, std::uint64_t> clocks;  ///< declared frequencies in Hz

  /// First address at which `initiator` (block.port) reaches offset 0 of `target` (block.port), or nullopt.
  std::optional<Address> address_of(const PortRef& initiator, const std::string& target_block, const std::string& target_port) const;
  /// The window of `target` as seen from `initiator`, largest first if there are several.
  std::optional<AddressWindow> window_of(const PortRef& initiator, const std::string& target_block, const std::string& target_port) const;
  /// The same as seen from the initiators' side of an interconnect, at most `hops` interconnects deep.
  std::optional<AddressWindow> window_through(const std::string& router, const std::string& target_block, const std::string& target_port,
                                              unsigned hops) const;
  /// The largest memory (the first by name among equals) that all these initiators reach at one address: where a workload can be placed.
  std::optional<AddressWindow> shared_memory(const std::vector<PortRef>& initiators) const;
  /// What a port is linked to, or nullptr.
  const LinkPlan* link_from(const PortRef& from) const;
};

/// Checks a scenario against the registry and settles every default, index and window. Errors go to
/// `diagnostics`; the plan is only good if there are none.
Plan make_plan(const Scenario& scenario, const Registry& registry, Diagnostics& diagnostics);

}  // namespace snnvp
