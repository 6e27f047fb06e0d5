// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/interconnect/d2d/d2d_core.h>
#include <snnvp/interconnect/mesh/mesh_network.h>
#include <snnvp/models/snap/placement.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/workloads/encoding/packets.h>

// Chips and the links between them (spec/chiplet.md 2, 4.1): one mesh per chip, one die-to-die link per pair of neighbours.
namespace snnvp::snap {

/// What travels. Groups and bursts have several values in one packet.
enum class Kind : std::uint8_t { act, burst, spike, group, end_of_window };

struct Packet {
  Kind kind = Kind::act;
  std::uint8_t step = 0;
  std::uint8_t byte = 0;     ///< act: which byte of the value
  std::uint8_t payload = 0;  ///< act
  std::uint32_t stream = 0;
  std::uint32_t token = 0;
  std::uint32_t neuron = 0;  ///< of the stream; burst: the first
  std::uint32_t bits = 0;    ///< group, burst: of `data`
  std::uint32_t node = 0;    ///< where it is on its route
  std::uint32_t live = 0;    ///< copies on their way
  std::uint8_t code = 0;     ///< encoding auto: of the window
  bool says_code = false;    ///< its 4 code bits are in this packet
  bool only_local = false;   ///< it ends on this chip: exits of its node are not for it
  bool only_exits = false;   ///< it has been taken from the link for this chip already
  std::vector<std::uint8_t> data;
};

/// A packet's way over one chip: in at `entry`, out at tiles and borders.
struct RouteNode {
  unsigned chip = 0;
  mesh::Endpoint entry = 0;
  std::vector<mesh::Endpoint> locals;
  std::vector<Tile> local_tiles;  ///< by locals
  struct Exit {
    mesh::Endpoint border = 0;
    std::uint32_t child = 0;  ///< node on the next chip
  };
  std::vector<Exit> exits;
  int dx = 0, dy = 0;  ///< from the border to the first target, for the packet's header
};

/// The way out of a border.
struct BorderLink {
  std::uint32_t link = 0;
  int side = 0;
  unsigned input = 0;
};

/// Meshes, links and packets of a package, co-simulated in cycles of the mesh's clock. The client decides what happens to a
/// packet that reaches a tile or an edge; see snap_core.
class PackageNetwork {
public:
  static constexpr Cycles never = mesh::MeshNetwork::never;

  explicit PackageNetwork(const Config& config);

  /// The route from a tile to others, as nodes; returns the first one.
  std::uint32_t add_route(Tile source, const std::vector<Tile>& targets);
  const RouteNode& node(std::uint32_t index) const { return nodes_[index]; }

  std::uint32_t make_packet();
  Packet& packet(std::uint32_t index) { return packets_[index]; }
  void free_packet(std::uint32_t index);
  std::uint64_t packets_alive() const { return alive_; }

  /// Sends a packet over the chip of its node, from the node's entry to its targets.
  void send(std::uint32_t packet, Cycles at);
  /// Sends a packet over the link behind a border of its node.
  void cross(std::uint32_t packet, const RouteNode::Exit& exit, Cycles at);

  /// When the next thing happens in meshes and links, in cycles of the mesh.
  Cycles next_event() const;
  /// Does what happens in cycle `now` = next_event(): `at_tile(packet, tile)`, `at_edge(packet, exit)` for deliveries of the meshes,
  /// `from_link(packet, child node, at, data, bytes)` for those of the links, which are there at cycle `at` >= now.
  template <typename Client>
  void advance(Cycles now, Client& client);

  std::size_t links() const { return links_.size(); }
  const D2dCore& link(std::size_t index) const { return *links_[index]; }
  std::string link_name(std::size_t index) const { return link_names_[index]; }
  const std::vector<mesh::MeshNetwork>& meshes() const { return meshes_; }
  /// Flits of a packet on a chip's links.
  std::uint32_t flits_of(const Packet& packet) const;
  /// Bits of a packet on a chip, and on a serial link.
  Bits bits_of(const Packet& packet) const;

  Cycles to_link(Cycles noc) const;
  Cycles from_link(Cycles d2d) const;
  /// A span of cycles of the link in cycles of the mesh, rounded up.
  Cycles from_link_cycles(Cycles d2d) const { return same_clock_ ? d2d : noc_.cycle_at(d2d_.duration_ps(d2d)); }
  /// Bits times links of all meshes, with headers that shrink (strip_header).
  std::uint64_t stripped_hop_bits() const { return stripped_bits_; }
  const BorderLink& border_link(unsigned chip, mesh::Endpoint border) const { return borders_[chip].at(border); }

private:
  struct Crossing {
    std::uint32_t packet = 0, child = 0;
  };
  std::uint32_t build(unsigned chip, mesh::Endpoint entry, unsigned y, const std::vector<Tile>& targets);
  mesh::Endpoint border(unsigned chip, unsigned x, unsigned y, mesh::Port port);
  std::uint64_t stripped_bits(const RouteNode& route, const std::vector<mesh::Endpoint>& ends, Bits bits) const;

  Config config_;
  ClockDomain noc_, d2d_;
  bool same_clock_;
  std::vector<mesh::MeshNetwork> meshes_;
  std::vector<std::unique_ptr<D2dCore>> links_;
  std::vector<Cycles> link_next_;  // by link: its next event, in its own cycles
  std::vector<std::string> link_names_;
  std::vector<std::map<mesh::Endpoint, BorderLink>> borders_;                           // by chip
  std::vector<std::map<mesh::Endpoint, std::pair<unsigned, unsigned>>> border_places_;  // by chip
  std::uint64_t stripped_bits_ = 0;
  std::vector<RouteNode> nodes_;
  std::vector<Packet> packets_;
  std::vector<std::uint32_t> free_;
  std::vector<Crossing> crossings_;
  std::vector<std::uint32_t> free_crossings_;
  std::uint64_t alive_ = 0;
};

template <typename Client>
void PackageNetwork::advance(Cycles now, Client& client) {
  const Cycles link_now = to_link(now);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (link_next_[i] > link_now) continue;
    links_[i]->advance(link_now, [&](const D2dDelivery& d) {
      const Crossing crossing = crossings_[d.tag];
      free_crossings_.push_back(static_cast<std::uint32_t>(d.tag));
      client.from_link(crossing.packet, crossing.child, std::max(now, from_link(d.at)), d.data, d.bytes);
    });
    link_next_[i] = links_[i]->next_event();
  }
  for (unsigned chip = 0; chip < meshes_.size(); ++chip) {
    mesh::MeshNetwork& network = meshes_[chip];
    if (network.next_event() > now) continue;
    network.step();
    for (const mesh::Delivery& d : network.deliveries()) {
      const auto index = static_cast<std::uint32_t>(d.tag);
      const RouteNode& at = nodes_[packets_[index].node];
      --packets_[index].live;
      if (d.destination < config_.tiles_per_chip()) {
        client.at_tile(index, chip * config_.tiles_per_chip() + d.destination, now);
      } else {
        for (const RouteNode::Exit& exit : at.exits)
          if (exit.border == d.destination) {
            client.at_edge(index, exit, now);
            break;
          }
      }
    }
  }
}

}  // namespace snnvp::snap
