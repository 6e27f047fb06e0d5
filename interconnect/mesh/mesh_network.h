// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <snnvp/interconnect/mesh/cycle_wheel.h>
#include <snnvp/interconnect/mesh/mesh_config.h>
#include <snnvp/interconnect/mesh/mesh_router.h>
#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/queue_meter.h>

namespace snnvp::mesh {

/// Where packets enter and leave: endpoint n is the local port of node n (n = x + width * y); border endpoints, made by
/// `add_border`, come after these.
using Endpoint = std::uint32_t;
constexpr Endpoint no_endpoint = ~std::uint32_t{0};

/// A packet to send.
struct PacketSpec {
  Endpoint source = 0;
  Endpoint destination = 0;
  std::uint32_t flits = 1;  ///< 1 to 2^24
  std::uint32_t flow = 0;   ///< packets with equal source, destination and flow stay in order if Config::vc_choice is `flow`
  std::uint64_t tag = 0;    ///< the sender's; comes back with the delivery
};

/// A packet that reached its destination: its last flit left the network in cycle `MeshNetwork::now()`.
struct Delivery {
  Endpoint source = 0, destination = 0;
  std::uint32_t flits = 0, flow = 0;
  std::uint32_t routers = 0;  ///< it went through, the first included; H of the zero-load law
  std::uint64_t tag = 0;
  Cycles created = 0;  ///< latency is now() - created, time in the source's queue included
  Cycles entered = 0;  ///< its head left the source's queue
};

/// A delivery to come: the packet's last flit has crossed the last switch.
struct Announcement {
  std::uint64_t tag = 0;
  Cycles at = 0;  ///< of the delivery, at least one cycle ahead
};

/// Counts of everything that moved since construction; take differences for a window.
struct NetworkCounts {
  std::uint64_t flits_in = 0;            ///< left a source
  std::uint64_t flits_out = 0;           ///< through an output port to an endpoint
  std::uint64_t flits_copied = 0;        ///< made by routers for branches of multicasts
  std::uint64_t buffer_writes = 0;       ///< flits
  std::uint64_t switch_traversals = 0;   ///< flits; each is a buffer read too
  std::uint64_t link_traversals = 0;     ///< flits on links between routers
  std::uint64_t channel_allocations = 0; ///< output virtual channels given to packets
  std::uint64_t router_cycles = 0;       ///< cycles in which a router had something to decide, summed over routers
  std::uint64_t latency_cycles = 0;      ///< sum over deliveries of delivery - created
};

/// A mesh or torus of virtual-channel routers, stepped cycle by cycle where something happens: idle time costs nothing, flits
/// are handles in fixed buffers, nothing is allocated per flit. Pure C++; embeds in any block:
///
///     network.send({source, destination, flits, flow, tag}, at);      // at >= network.next_cycle()
///     while (network.next_event() <= until) {
///       network.step();                                             // exactly the cycle next_event() named
///       for (const Delivery& d : network.deliveries()) ...          // of cycle network.now(); may send() in reaction
///     }
///
/// Timing and allocation are those of README.md. The source queues are infinite. Not copyable cheaply; moves are fine.
class MeshNetwork {
public:
  static constexpr Cycles never = std::numeric_limits<Cycles>::max();
  static constexpr std::uint32_t unlimited = ~std::uint32_t{0};

  /// Throws InputError with all problems of the configuration.
  explicit MeshNetwork(const Config& config);

  const Config& config() const { return config_; }
  Endpoint endpoint_at(unsigned x, unsigned y) const { return x + config_.width * y; }
  std::uint32_t node_of(Endpoint endpoint) const { return ends_[endpoint].node; }
  std::uint32_t endpoints() const { return static_cast<std::uint32_t>(ends_.size()); }

  /// An endpoint at a port that leads out of a mesh, for a link to another die: east of x = width - 1, west of x = 0, north of
  /// y = height - 1, south of y = 0. Calling twice gives the same. Throws std::invalid_argument for other ports. Packets for it go to its
  /// router by the ordinary route; with XY order only x moves are free before an east or west exit, so address the exit of the source's row.
  Endpoint add_border(unsigned x, unsigned y, Port port);

  /// Limits the packets that may be on their way into an endpoint: each takes a slot when it gets its last output channel, and
  /// `release_slots` gives it back. With no slot left, packets wait in the network. Default: unlimited.
  void limit_slots(Endpoint endpoint, std::uint32_t slots);
  void release_slots(Endpoint endpoint, std::uint32_t slots = 1);

  /// Puts a packet in its source's queue in cycle `at` (counted as next_cycle() if earlier; `created` stays `at`). Packets of one
  /// source leave in the order of (at, call). Throws std::invalid_argument for endpoints that do not exist, a length of 0, and a packet
  /// that does not fit its buffer under virtual cut-through.
  void send(const PacketSpec& packet, Cycles at);
  /// One packet to several different destinations (spec.destination is ignored). It travels once over each link of the
  /// dimension-ordered tree; a router sends its branches one after the other. Needs virtual cut-through or a single flit, and a place for
  /// the packet in each buffer. Throws as `send`.
  void send_tree(const PacketSpec& packet, const std::vector<Endpoint>& destinations, Cycles at);

  /// The next cycle in which something happens, `never` if the network is empty or stuck.
  Cycles next_event() const;
  /// The first cycle not yet processed: the earliest a packet can be sent in.
  Cycles next_cycle() const { return cycle_; }
  /// The cycle `step` processed last.
  Cycles now() const { return cycle_ == 0 ? 0 : cycle_ - 1; }
  /// Processes cycle next_event(), which must not be `never`.
  void step();
  /// Packets delivered in the last step; valid until the next one.
  const std::vector<Delivery>& deliveries() const { return deliveries_; }

  /// With `announce_deliveries(true)`: deliveries that the last step has made certain, each once.
  const std::vector<Announcement>& announced() const { return announced_; }
  void announce_deliveries(bool on) { announces_ = on; }

  /// Packets in queues and routers, those with a future `at` not included.
  std::uint64_t packets_inside() const { return packets_meter_.inside(); }
  bool is_empty() const { return packets_inside() == 0 && future_.empty(); }
  /// Nothing will move by itself, yet packets are inside: they wait for slots, or for each other.
  bool is_stuck() const { return packets_inside() != 0 && next_event() == never; }
  /// Who waits for whom, from the oldest packet on; names a circle if there is one. Empty if nothing is inside.
  std::string waiting_for() const;

  /// Packets that wait in a source's queue, one that is being sent included.
  std::uint64_t queued(Endpoint endpoint) const { return ends_[endpoint].queued; }
  const NetworkCounts& counts() const { return counts_; }
  /// Packets sent, branches of multicasts made by routers, and deliveries: conservation and Little's law.
  const QueueMeter& packets() const { return packets_meter_; }
  /// Flits that left a router through a port; east to south are links to neighbours (or out of the mesh), local is delivery.
  std::uint64_t port_flits(std::uint32_t node, Port port) const { return port_flits_[node * ports_per_router + port]; }
  bool has_neighbour(std::uint32_t node, unsigned port) const { return neighbours_[node * 4 + port] != no_endpoint; }
  /// Bytes of memory per node of an idle network, buffers included.
  std::size_t bytes_per_node() const;

private:
  /// Direction of travel along a dimension, and the dateline class of its ring.
  struct Way {
    bool is_down : 1;  // west or south
    bool is_second : 1;
  };

  struct alignas(64) Packet {  // one cache line
    std::uint64_t tag = 0;
    Cycles created = 0;
    Cycles born = 0;  // created, or when a router made it
    Endpoint source = 0, destination = 0;
    std::uint32_t flits = 0, flow = 0;
    std::uint32_t queueing = 0;  // from creation until its head left the source's queue
    std::uint32_t next = 0;      // in a queue or the list of free records
    std::uint32_t group = 0;     // 1 + index of the remaining destinations of a multicast; 0: one destination
    std::uint16_t x = 0, y = 0;  // of the destination
    std::uint16_t routers = 0;
    std::uint8_t exit = local;  // port of the destination
    std::uint8_t vc = 0;        // the flow's number
    Way way_x = {false, false}, way_y = {false, false};
    bool tie = false;  // up where both ways round are equally far
  };
  static_assert(sizeof(Packet) == 64, "");

  /// The destinations a multicast still has, and the packet that is the branch under way.
  struct Group {
    std::vector<Endpoint> rest;
    std::uint32_t branch = 0;
  };

  struct End {
    std::uint32_t node = 0;
    std::uint8_t port = local;
    std::uint8_t vc = 0;  // of the packet being sent; the last one used between packets
    bool is_active = false;
    std::uint32_t first = 0, last = 0;  // queue of packets
    std::uint32_t sent = 0;             // flits of the first one
    std::uint32_t slots = unlimited;
    std::uint64_t queued = 0;
    std::uint16_t credits[most_vcs] = {};
  };

  /// A packet of a later cycle.
  struct Future {
    Cycles at = 0;
    std::uint64_t order = 0;
    std::uint32_t packet = 0;
  };

  // A flit is its packet's index and two marks.
  static constexpr std::uint32_t head_mark = 1U << 31, tail_mark = 1U << 30, packet_mask = tail_mark - 1;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  std::uint32_t make_packet(const PacketSpec& spec, Cycles at);
  void queue_or_keep(std::uint32_t packet, Cycles at);
  void enqueue(std::uint32_t packet);
  void free_packet(std::uint32_t packet);
  void set_route(Packet& packet, std::uint32_t from_node, Endpoint destination) const;
  void check(const PacketSpec& spec) const;

  void activate(std::uint32_t node) {
    Router& router = routers_[node];
    if (router.is_active) return;
    router.is_active = true;
    active_.push_back(node);
  }

  void take_events();
  void send_flits();
  bool send_flit(End& end);
  unsigned choose_vc(const End& end, const Packet& packet) const;
  void arrive(std::uint32_t where, std::uint32_t flit);
  void credit(std::uint32_t where);
  void deliver(std::uint32_t packet);

  void route_front(Router& router, std::uint32_t node, unsigned in);
  void branch(Router& router, std::uint32_t node, unsigned in, std::uint32_t packet);
  std::uint32_t make_group(const std::vector<Endpoint>& destinations);
  void become_single(Packet& packet, std::uint32_t node, Endpoint destination);
  unsigned port_towards(const Router& router, const Packet& packet) const;
  std::uint8_t vcs_for(const Packet& packet, unsigned port) const;

  void evaluate(std::uint32_t node);
  struct Grant {
    std::uint8_t in, out;
  };
  std::uint8_t eligible(const Router& router, std::uint32_t node, unsigned in) const;
  std::uint8_t eligible_of(unsigned set, const Router& router, std::uint32_t node, unsigned in) const;
  unsigned allocate_channels(Router& router, std::uint32_t node, Grant* grants) const;
  unsigned allocate_switch(Router& router, Grant* grants) const;
  void take_channel(Router& router, std::uint32_t node, Grant grant);
  void traverse(Router& router, std::uint32_t node, Grant grant);
  void return_credit(std::uint32_t node, unsigned in);
  bool can_go_on(const Router& router, std::uint32_t node) const;

  std::uint32_t* buffer(std::uint32_t node, unsigned in) {
    return &buffers_[(std::size_t{node} * ports_per_router * config_.vcs + (in >> 3) * config_.vcs + (in & 7)) * config_.vc_buffer];
  }
  const std::uint32_t* buffer(std::uint32_t node, unsigned in) const { return const_cast<MeshNetwork*>(this)->buffer(node, in); }
  std::uint32_t front(const Router& router, std::uint32_t node, unsigned in) const { return buffer(node, in)[router.in[in].first]; }
  Packet& packet_of(std::uint32_t flit) { return packets_[flit & packet_mask]; }
  const Packet& packet_of(std::uint32_t flit) const { return packets_[flit & packet_mask]; }
  std::uint32_t branch_of(std::uint32_t flit) const { return groups_[packet_of(flit).group - 1].branch; }
  std::string describe(std::uint32_t packet) const;

  Config config_;
  std::uint8_t all_vcs_ = 1;
  std::uint8_t class_vcs_[2] = {1, 1};  // virtual channels of each dateline class
  unsigned traverse_cycles_, deliver_cycles_, route_cycles_, credit_cycles_, source_credit_cycles_;
  bool same_cycle_;  // channel and switch allocation
  bool is_cut_through_;

  std::vector<Router> routers_;
  std::vector<std::uint32_t> buffers_;
  std::vector<std::uint32_t> neighbours_;        // node * 4 + port
  std::vector<std::uint32_t> port_ends_;         // node * 5 + port: the endpoint there
  std::vector<std::uint64_t> port_flits_;
  std::vector<End> ends_;
  std::vector<Packet> packets_;
  std::uint32_t free_packets_ = none;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> free_groups_;
  std::vector<Endpoint> branch_scratch_;

  CycleWheel wheel_;
  std::vector<Future> future_;  // heap, earliest on top
  std::uint64_t order_ = 0;
  std::vector<std::uint32_t> active_, evaluated_;            // routers
  std::vector<std::uint32_t> active_ends_, sending_;         // endpoints
  std::vector<Delivery> deliveries_;
  std::vector<Announcement> announced_;
  bool announces_ = false;
  Cycles cycle_ = 0;
  QueueMeter packets_meter_;
  NetworkCounts counts_;
};

}  // namespace snnvp::mesh
