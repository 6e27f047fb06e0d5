// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/models/snap/package_network.h>

// Messages between io tiles of a package: bytes that enter at one tile and leave at another, over meshes and links.
namespace snnvp::snap {

/// Bytes under way from tile to tile. Those too long for a packet of the links travel as several, in order. Messages of one pair of tiles
/// stay in order. Pure C++, in cycles of the mesh's clock; it has meshes and links of its own, so that messages contend with each other.
class EdgeNetwork {
public:
  static constexpr Cycles never = PackageNetwork::never;

  explicit EdgeNetwork(const Config& config);

  /// Sends `bytes` behind a header of `header_bits` (one of them may be empty), in a cycle behind those that have been advanced to.
  void send(std::uint64_t id, Tile from, Tile to, Bits header_bits, std::vector<std::uint8_t> bytes, Cycles at);
  Cycles next_event() const;
  /// Does what happens in cycle next_event(); what has arrived is appended to arrived().
  void advance();

  struct Message {
    std::uint64_t id = 0;
    Cycles at = 0;
    std::vector<std::uint8_t> bytes;  ///< as they came over the wires
  };
  std::vector<Message>& arrived() { return arrived_; }
  bool is_idle() const { return network_.packets_alive() == 0 && events_.empty(); }
  /// Cycles of a message through an empty package.
  Cycles unloaded(Tile from, Tile to, Bits header_bits, std::size_t bytes);

  std::uint64_t flit_hops() const;
  std::uint64_t d2d_packets() const { return crossings_; }
  Bits d2d_wire_bits() const;
  const PackageNetwork& network() const { return network_; }

  // What the network tells (PackageNetwork::advance).
  void at_tile(std::uint32_t packet, Tile tile, Cycles now);
  void at_edge(std::uint32_t packet, const RouteNode::Exit& exit, Cycles now);
  void from_link(std::uint32_t packet, std::uint32_t child, Cycles at, const std::uint8_t* data, unsigned bytes);

private:
  struct Event {
    Cycles at = 0;
    std::uint64_t order = 0;
    std::uint32_t packet = 0;
    bool operator>(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  struct UnderWay {
    std::uint64_t id = 0;
    std::vector<std::uint8_t> bytes;
    std::size_t missing = 0;  // packets
  };

  std::uint32_t route(Tile from, Tile to);
  std::uint32_t slot_for(UnderWay message);

  Config config_;
  PackageNetwork network_;
  std::size_t most_bytes_;  // of a packet
  std::map<std::pair<Tile, Tile>, std::uint32_t> routes_;
  std::priority_queue<Event, std::vector<Event>, std::greater<Event>> events_;  // packets that start on a chip
  Cycles next_cycle_ = 0;
  std::uint64_t order_ = 0, crossings_ = 0;
  std::vector<UnderWay> messages_;
  std::vector<std::uint32_t> free_;
  std::vector<Message> arrived_;
  std::map<std::tuple<Tile, Tile, Bits, std::size_t>, Cycles> unloaded_;
};

}  // namespace snnvp::snap
