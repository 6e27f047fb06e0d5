// SPDX-License-Identifier: Apache-2.0
// What a router does in a cycle: separable round-robin (iSLIP, one iteration) allocation of output channels and of the switch.
// The rules are those of BookSim2's input-queued router, as decision 34 and README.md state them.
#include <snnvp/interconnect/mesh/mesh_network.h>

namespace snnvp::mesh {
namespace {

constexpr std::uint32_t source_mark = 1U << 31;
constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
unsigned first_of(std::uint64_t set) { return static_cast<unsigned>(__builtin_ctzll(set)); }
bool is_single(std::uint64_t set) { return (set & (set - 1)) == 0; }

}  // namespace

unsigned MeshNetwork::port_towards(const Router& router, const Packet& packet) const {
  const unsigned port_x = packet.way_x.is_down ? west : east, port_y = packet.way_y.is_down ? south : north;
  if (config_.routing == Routing::xy) {
    if (router.x != packet.x) return port_x;
    return router.y != packet.y ? port_y : packet.exit;
  }
  if (router.y != packet.y) return port_y;
  return router.x != packet.x ? port_x : packet.exit;
}

/// Output channels a packet may take at a port; ways out of the network are not bound to a class or a flow's channel.
std::uint8_t MeshNetwork::vcs_for(const Packet& packet, unsigned port) const {
  const std::uint8_t set = class_vcs_[(port < north ? packet.way_x : packet.way_y).is_second ? 1 : 0];
  if (config_.vc_choice == VcChoice::any) return set;
  const unsigned low = first_of(set), size = static_cast<unsigned>(__builtin_popcount(set));
  return static_cast<std::uint8_t>(1U << (low + packet.vc % size));
}

/// A head flit is at the front of an input channel: where does its packet, or the next branch of it, go?
void MeshNetwork::route_front(Router& router, std::uint32_t node, unsigned in) {
  const std::uint32_t flit = front(router, node, in);
  Packet* packet = &packet_of(flit);
  router.in[in].next = 0;
  if (packet->group != 0) {
    branch(router, node, in, flit & packet_mask);
    packet = &packet_of((router.forking & bit(in)) != 0 ? branch_of(flit) : flit);
  }
  const unsigned port = packet->group != 0 ? router.in[in].out_port : port_towards(router, *packet);
  router.in[in].out_port = static_cast<std::uint8_t>(port);
  router.in[in].vc_mask = (router.exits >> port & 1) != 0 ? all_vcs_ : vcs_for(*packet, port);
  if (route_cycles_ == 0) {
    router.waiting |= bit(in);
    activate(node);
  } else {
    wheel_.at(cycle_ + route_cycles_).routed.push_back({node << 6 | in, 0});
    wheel_.added();
  }
}

/// Output channels, as a mask of its port's, that an input channel may ask for now.
inline std::uint8_t MeshNetwork::eligible(const Router& router, std::uint32_t node, unsigned in) const {
  const unsigned port = router.in[in].out_port;
  const unsigned set = router.in[in].vc_mask & router.free_vcs[port];
  if (set == 0 || (!is_cut_through_ && (router.limited >> port & 1) == 0)) return static_cast<std::uint8_t>(set);
  return eligible_of(set, router, node, in);
}

/// Of a set of free channels, those that also have the room and the slots a packet needs.
std::uint8_t MeshNetwork::eligible_of(unsigned set, const Router& router, std::uint32_t node, unsigned in) const {
  const unsigned port = router.in[in].out_port;
  if ((router.limited >> port & 1) != 0) {
    // As many channels as packets may still come, so that any set of grants is allowed.
    std::uint32_t slots = ends_[port_ends_[node * ports_per_router + port]].slots;
    unsigned kept = 0;
    for (unsigned rest = set; rest != 0 && slots != 0; rest &= rest - 1, --slots) kept |= rest & -rest;
    set = kept;
  }
  if (is_cut_through_) {
    const std::uint32_t flits = packet_of(front(router, node, in)).flits;
    for (unsigned rest = set; rest != 0; rest &= rest - 1) {
      const unsigned vc = first_of(rest);
      if (router.out[port * most_vcs + vc].credits < flits) set &= ~(1U << vc);
    }
  }
  return static_cast<std::uint8_t>(set);
}

unsigned MeshNetwork::allocate_channels(Router& router, std::uint32_t node, Grant* grants) const {
  const auto grant = [&router](unsigned in, unsigned out) {
    router.out[out].grant_turn = static_cast<std::uint8_t>(in + 1);
    router.in[in].accept_turn = static_cast<std::uint8_t>(out + 1);
    return Grant{static_cast<std::uint8_t>(in), static_cast<std::uint8_t>(out)};
  };
  if (is_single(router.waiting)) {  // nobody to compete with
    const unsigned in = first_of(router.waiting);
    const std::uint64_t set = std::uint64_t{eligible(router, node, in)} << router.in[in].out_port * most_vcs;
    if (set == 0) return 0;
    grants[0] = grant(in, round_robin(set, router.in[in].accept_turn));
    return 1;
  }
  std::uint64_t asked_by[Router::channels], granted_by[Router::channels];
  std::uint64_t asked = 0, granted = 0;
  for (std::uint64_t rest = router.waiting; rest != 0; rest &= rest - 1) {
    const unsigned in = first_of(rest);
    for (std::uint64_t set = std::uint64_t{eligible(router, node, in)} << router.in[in].out_port * most_vcs; set != 0; set &= set - 1) {
      const unsigned out = first_of(set);
      asked_by[out] = ((asked & bit(out)) != 0 ? asked_by[out] : 0) | bit(in);
      asked |= bit(out);
    }
  }
  for (; asked != 0; asked &= asked - 1) {
    const unsigned out = first_of(asked), in = round_robin(asked_by[out], router.out[out].grant_turn);
    granted_by[in] = ((granted & bit(in)) != 0 ? granted_by[in] : 0) | bit(out);
    granted |= bit(in);
  }
  unsigned count = 0;
  for (; granted != 0; granted &= granted - 1) {
    const unsigned in = first_of(granted);
    grants[count++] = grant(in, round_robin(granted_by[in], router.in[in].accept_turn));
  }
  return count;
}

unsigned MeshNetwork::allocate_switch(Router& router, Grant* grants) const {
  const auto grant = [this, &router](unsigned in, unsigned out_port) {
    const unsigned port = in / most_vcs, vc = in % most_vcs + 1;
    router.vc_turn[port] = static_cast<std::uint8_t>(vc == config_.vcs ? 0 : vc);
    router.switch_grant_turn[out_port] = static_cast<std::uint8_t>(port + 1);
    router.switch_accept_turn[port] = static_cast<std::uint8_t>(out_port + 1);
    return Grant{static_cast<std::uint8_t>(in), static_cast<std::uint8_t>(out_port)};
  };
  if (is_single(router.ready)) {
    const unsigned in = first_of(router.ready);
    grants[0] = grant(in, router.in[in].out_port);
    return 1;
  }
  // Of the channels of an input port that want the same output port, the one whose turn is first asks.
  std::uint8_t channel[ports_per_router][ports_per_router];
  std::uint8_t asked_by[ports_per_router] = {}, granted_by[ports_per_router] = {};
  for (unsigned port = 0; port < ports_per_router; ++port) {
    std::uint64_t set = router.ready >> port * most_vcs & 0xFF;
    if (set == 0) continue;
    const std::uint64_t later = set & (~std::uint64_t{0} << router.vc_turn[port]);
    for (std::uint64_t part : {later, set & ~later})
      for (; part != 0; part &= part - 1) {
        const unsigned in = port * most_vcs + first_of(part), out_port = router.in[in].out_port;
        if ((asked_by[out_port] >> port & 1) != 0) continue;
        asked_by[out_port] |= static_cast<std::uint8_t>(1U << port);
        channel[port][out_port] = static_cast<std::uint8_t>(in);
      }
  }
  for (unsigned out_port = 0; out_port < ports_per_router; ++out_port)
    if (asked_by[out_port] != 0)
      granted_by[round_robin(asked_by[out_port], router.switch_grant_turn[out_port])] |= static_cast<std::uint8_t>(1U << out_port);
  unsigned count = 0;
  for (unsigned port = 0; port < ports_per_router; ++port) {
    if (granted_by[port] == 0) continue;
    const unsigned out_port = round_robin(granted_by[port], router.switch_accept_turn[port]);
    grants[count++] = grant(channel[port][out_port], out_port);
  }
  return count;
}

void MeshNetwork::take_channel(Router& router, std::uint32_t node, Grant grant) {
  const unsigned in = grant.in, out = grant.out, port = out / most_vcs;
  router.out[out].owner = grant.in;
  router.in[in].out_vc = static_cast<std::uint8_t>(out % most_vcs);
  router.free_vcs[port] &= static_cast<std::uint8_t>(~(1U << out % most_vcs));
  router.waiting &= ~bit(in);
  router.holding |= bit(in);
  if (router.out[out].credits != 0) router.ready |= bit(in);
  ++counts_.channel_allocations;
  if ((router.limited >> port & 1) != 0) --ends_[port_ends_[node * ports_per_router + port]].slots;
}

/// A flit crosses the switch and leaves.
void MeshNetwork::traverse(Router& router, std::uint32_t node, Grant grant) {
  const unsigned in = grant.in, port = grant.out;
  Router::Input& channel = router.in[in];
  const unsigned vc = channel.out_vc, out = port * most_vcs + vc;
  unsigned place = channel.first + channel.next;
  if (place >= config_.vc_buffer) place -= config_.vc_buffer;
  std::uint32_t flit = buffer(node, in)[place];
  if ((router.forking & bit(in)) != 0) {
    flit = branch_of(flit) | (flit & ~packet_mask);
    ++channel.next;
    ++counts_.flits_copied;
  } else {
    if (++channel.first == config_.vc_buffer) channel.first = 0;
    --channel.count;
    return_credit(node, in);
  }
  ++counts_.switch_traversals;
  ++port_flits_[node * ports_per_router + port];
  Router::Output& output = router.out[out];
  --output.credits;
  if ((flit & head_mark) != 0) ++packet_of(flit).routers;

  const bool is_tail = (flit & tail_mark) != 0;
  if ((router.exits >> port & 1) != 0) {
    ++counts_.flits_out;
    if (is_tail) {
      wheel_.at(cycle_ + deliver_cycles_).deliveries.push_back(flit & packet_mask);
      wheel_.added();
      if (announces_) announced_.push_back({packet_of(flit).tag, cycle_ + deliver_cycles_});
    }
    // The endpoint takes flits as they come; its credit returns as any other.
    wheel_.at(cycle_ + deliver_cycles_ + credit_cycles_).credits.push_back(node << 6 | out);
  } else {
    ++counts_.link_traversals;
    wheel_.at(cycle_ + traverse_cycles_).arrivals.push_back({neighbours_[node * 4 + port] << 6 | opposite(port) * most_vcs | vc, flit});
  }
  wheel_.added();

  if (is_tail) {
    output.owner = Router::nobody;
    router.free_vcs[port] |= static_cast<std::uint8_t>(1U << vc);
    router.holding &= ~bit(in);
    router.ready &= ~bit(in);
    router.forking &= ~bit(in);
    channel.next = 0;
    if (channel.count != 0) route_front(router, node, in);
  } else if (channel.count == channel.next || output.credits == 0) {
    router.ready &= ~bit(in);
  }
}

/// A place in an input channel is free: tells whoever fills it.
void MeshNetwork::return_credit(std::uint32_t node, unsigned in) {
  const unsigned port = in / most_vcs, vc = in % most_vcs;
  if ((routers_[node].exits >> port & 1) != 0)
    wheel_.at(cycle_ + source_credit_cycles_).credits.push_back(source_mark | (port_ends_[node * ports_per_router + port] * most_vcs + vc));
  else
    wheel_.at(cycle_ + credit_cycles_).credits.push_back(neighbours_[node * 4 + port] << 6 | opposite(port) * most_vcs | vc);
  wheel_.added();
}

/// Would looking at the router in the next cycle, without any event in between, move something?
bool MeshNetwork::can_go_on(const Router& router, std::uint32_t node) const {
  if (router.ready != 0) return true;
  for (std::uint64_t rest = router.waiting; rest != 0; rest &= rest - 1)
    if (eligible(router, node, first_of(rest)) != 0) return true;
  return false;
}

void MeshNetwork::evaluate(std::uint32_t node) {
  Router& router = routers_[node];
  Grant channels[Router::channels], switched[ports_per_router];
  const unsigned taken = router.waiting != 0 ? allocate_channels(router, node, channels) : 0;
  if (same_cycle_)
    for (unsigned i = 0; i < taken; ++i) take_channel(router, node, channels[i]);
  const unsigned moved = router.ready != 0 ? allocate_switch(router, switched) : 0;
  if (!same_cycle_)
    for (unsigned i = 0; i < taken; ++i) take_channel(router, node, channels[i]);
  for (unsigned i = 0; i < moved; ++i) traverse(router, node, switched[i]);
  if (!router.is_active && can_go_on(router, node)) activate(node);
}

}  // namespace snnvp::mesh
