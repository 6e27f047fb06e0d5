// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// A block that carries packets between numbered endpoints, as traffic generators see it. Header-only, so that a plug-in needs no
// symbol of ours.
namespace snnvp {

struct PacketRequest {
  std::uint32_t source = 0, destination = 0;
  std::uint32_t flits = 1;
  std::uint32_t flow = 0;  ///< packets of one source, destination and flow belong together
  std::uint64_t tag = 0;   ///< the client's; comes back
};

struct PacketArrival {
  std::uint32_t source = 0, destination = 0;
  std::uint32_t flits = 0, flow = 0;
  std::uint32_t routers = 0;  ///< it went through
  std::uint64_t tag = 0;
  Cycles created = 0, entered = 0, arrived = 0;  ///< asked for; left the source's queue; last flit delivered
};

/// What went in, came out and was inside, for conservation (in = out + inside) and Little's law (occupancy = residence when empty).
struct PacketBalance {
  std::uint64_t in = 0, out = 0, inside = 0;
  std::uint64_t occupancy_cycles = 0;  ///< integral of the packets inside, queues included
  std::uint64_t residence_cycles = 0;  ///< sum over packets that left
};

/// Flits a link has carried since the start.
struct LinkCount {
  unsigned x = 0, y = 0;  ///< router it leaves
  const char* port = "";  ///< east, west, north, south, or local for deliveries
  std::uint64_t flits = 0;
};

struct NetworkShape {
  unsigned width = 0, height = 0;  ///< endpoint n is at x = n % width, y = n / width
  std::uint32_t packet_flits = 1;  ///< of a generated packet
  bool has_tree = false;           ///< a packet to several destinations travels once over each link; else copies are sent
  std::uint32_t nodes() const { return width * height; }
};

class PacketNetwork;

/// A source and sink of packets at all endpoints of a network. Cycles are the network's.
class PacketClient {
public:
  static constexpr Cycles never = std::numeric_limits<Cycles>::max();
  virtual ~PacketClient() = default;
  /// The next cycle it wants to act in, never earlier than the last one; `never` for none before something arrives.
  virtual Cycles next_cycle() const = 0;
  /// Cycle next_cycle() begins: the place to send.
  virtual void act(Cycles cycle, PacketNetwork& network) = 0;
  virtual void arrived(const PacketArrival& packet) = 0;
};

class PacketNetwork {
public:
  virtual ~PacketNetwork() = default;
  virtual NetworkShape network_shape() const = 0;
  /// One client, before the simulation starts; it must outlive it.
  virtual void attach(PacketClient& client) = 0;
  /// Queues a packet in the cycle the client acts in; queues are infinite.
  virtual void send_packet(const PacketRequest& packet) = 0;
  /// The same to several destinations, as the shape's has_tree says.
  virtual void send_packets(const PacketRequest& packet, const std::vector<std::uint32_t>& destinations) = 0;
  /// Packets in the queue of an endpoint.
  virtual std::uint64_t queued(std::uint32_t endpoint) const = 0;
  virtual PacketBalance packet_balance() const = 0;
  virtual std::vector<LinkCount> link_counts() const = 0;
};

}  // namespace snnvp
