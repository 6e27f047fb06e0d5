// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// What a mesh is built from: shape, routing, router pipeline (spec/chiplet.md 3 and 5.4, decision 34).
namespace snnvp::mesh {

enum class Topology : std::uint8_t { mesh, torus };
/// Dimension order: first x then y, or first y then x.
enum class Routing : std::uint8_t { xy, yx };
/// Wormhole: a head flit may go on as soon as it has an output channel. Virtual cut-through: not before the next buffer
/// has room for the whole packet.
enum class Switching : std::uint8_t { wormhole, vct };
/// Which virtual channel a packet takes. `any`: whichever is free, at each hop anew; packets of one flow may overtake
/// each other. `flow`: the one its flow number names, on the whole way; packets of one flow stay in order.
enum class VcChoice : std::uint8_t { any, flow };

/// Ports of a router; an output port of one router is the input port `opposite` of its neighbour. y grows northwards.
enum Port : std::uint8_t { east = 0, west = 1, north = 2, south = 3, local = 4 };
constexpr unsigned ports_per_router = 5;
constexpr unsigned opposite(unsigned port) { return port ^ 1U; }
/// "east", ..., "local".
const char* port_name(unsigned port);

constexpr unsigned most_vcs = 8;

/// A mesh of width x height routers, one local port each. All delays are cycles of the mesh's clock.
struct Config {
  unsigned width = 8, height = 8;
  Topology topology = Topology::mesh;
  Routing routing = Routing::xy;
  Switching switching = Switching::wormhole;
  VcChoice vc_choice = VcChoice::flow;
  unsigned vcs = 1;        ///< virtual channels of each port, 1 to most_vcs; a torus needs 2
  unsigned vc_buffer = 4;  ///< flits of each input virtual channel
  /// From a head flit's arrival to its way out over the link, 1 to 4: one cycle for all; allocation, traversal; channel
  /// allocation, switch allocation, traversal; routing before these.
  unsigned router_cycles = 2;
  unsigned link_cycles = 1;
  /// Credits: none is blocking back-pressure, a place that becomes free is seen upstream in the next cycle; a number is what a
  /// credit spends in the receiving router beyond its link and one cycle (BookSim's `credit_delay`).
  std::optional<unsigned> credit_cycles;
  unsigned inject_cycles = 0;  ///< from the source to the first router's buffer
  unsigned eject_cycles = 1;   ///< from the arrival in the last router's buffer to delivery, unloaded
  unsigned flit_bits = 38;     ///< width of a link
  std::uint64_t seed = 1;      ///< of the direction taken on a torus where both are equally far

  std::uint32_t nodes() const { return width * height; }
  /// Cycles of an unloaded hop; a of T0 = a * routers + b.
  unsigned hop_cycles() const { return router_cycles + link_cycles; }
  /// Delivery of a single flit's packet over `hops` links, counted from its creation, in an empty mesh.
  Cycles zero_load(Cycles hops, Cycles flits = 1) const { return inject_cycles + hops * hop_cycles() + eject_cycles + flits - 1; }
  /// From a flit's departure out of a buffer to its place being known free in the router, or source, before.
  unsigned credit_delay() const { return credit_cycles ? link_cycles + 1 + *credit_cycles : 1; }
  unsigned source_credit_delay() const { return credit_cycles ? 2 : 1; }
  /// Flits of a packet of this many bits, one at least.
  std::uint32_t flits_of(Bits bits) const { return bits == 0 ? 1 : static_cast<std::uint32_t>(ceil_div(bits, flit_bits)); }
};

/// Least eject_cycles a pipeline allows: what follows the buffer, without the link.
constexpr unsigned least_eject_cycles(unsigned router_cycles) { return router_cycles > 2 ? router_cycles - 1 : 1; }

/// The `booksim` preset (decision 34): 4 virtual channels of 8 flits chosen freely, channel allocation 1, switch allocation 1,
/// traversal 1, link 1, credit delay 2, injection 2; T0 = 4 H + 2 over H routers.
Config booksim_config();

/// Sentences on what is wrong, empty if nothing is.
std::vector<std::string> problems(const Config& config);

}  // namespace snnvp::mesh
