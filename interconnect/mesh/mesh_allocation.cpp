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
  if (config_.routing == Routing::xy) {
    if (router.x != packet.x) return packet.port_x;
    return router.y != packet.y ? packet.port_y : packet.exit;
  }
  if (router.y != packet.y) return packet.port_y;
  return router.x != packet.x ? packet.port_x : packet.exit;
}

/// Output channels a packet may take at a port; ways out of the network are not bound to a class or a flow's channel.
std::uint8_t MeshNetwork::vcs_for(const Packet& packet, unsigned port) const {
  const std::uint8_t set = class_vcs_[port < north ? packet.class_x : packet.class_y];
  if (config_.vc_choice == VcChoice::any) return set;
  const unsigned low = first_of(set), size = static_cast<unsigned>(__builtin_popcount(set));
  return static_cast<std::uint8_t>(1U << (low + packet.vc % size));
}

/// A head flit is at the front of an input channel: where does its packet, or the next branch of it, go?
void MeshNetwork::route_front(Router& router, std::uint32_t node, unsigned in) {
  const std::uint32_t flit = front(router, node, in);
  Packet* packet = &packet_of(flit);
  router.next[in] = 0;
  if (packet->group != 0) {
    branch(router, node, in, flit & packet_mask);
    packet = &packet_of((router.forking & bit(in)) != 0 ? packet_of(flit).child : flit);
  }
  const unsigned port = packet->group != 0 ? router.out_port[in] : port_towards(router, *packet);
  router.out_port[in] = static_cast<std::uint8_t>(port);
  router.vc_mask[in] = port_ends_[node * ports_per_router + port] != no_endpoint ? all_vcs_ : vcs_for(*packet, port);
  if (route_cycles_ == 0) {
    router.waiting |= bit(in);
    activate(node);
  } else {
    wheel_.at(cycle_ + route_cycles_).routed.push_back({node << 6 | in, 0});
    wheel_.added();
  }
}

/// Output channels, as a mask of its port's, that an input channel may ask for now.
std::uint8_t MeshNetwork::eligible(const Router& router, std::uint32_t node, unsigned in) const {
  const unsigned port = router.out_port[in];
  unsigned set = router.vc_mask[in] & router.free_vcs[port];
  const std::uint32_t endpoint = port_ends_[node * ports_per_router + port];
  if (endpoint != no_endpoint) {
    // As many channels as packets may still come, so that any set of grants is allowed.
    std::uint32_t slots = ends_[endpoint].slots;
    for (unsigned rest = set, kept = 0; slots < most_vcs; rest &= rest - 1) {
      if (rest == 0 || slots-- == 0) {
        set = kept;
        break;
      }
      kept |= rest & -rest;
    }
  }
  if (config_.switching == Switching::vct) {
    const std::uint32_t flits = packet_of(front(router, node, in)).flits;
    for (unsigned rest = set; rest != 0; rest &= rest - 1) {
      const unsigned vc = first_of(rest);
      if (router.credits[port * most_vcs + vc] < flits) set &= ~(1U << vc);
    }
  }
  return static_cast<std::uint8_t>(set);
}

unsigned MeshNetwork::allocate_channels(Router& router, std::uint32_t node, Grant* grants) const {
  const auto grant = [&router](unsigned in, unsigned out) {
    router.grant_turn[out] = static_cast<std::uint8_t>(in + 1);
    router.accept_turn[in] = static_cast<std::uint8_t>(out + 1);
    return Grant{static_cast<std::uint8_t>(in), static_cast<std::uint8_t>(out)};
  };
  if (is_single(router.waiting)) {  // nobody to compete with
    const unsigned in = first_of(router.waiting);
    const std::uint64_t set = std::uint64_t{eligible(router, node, in)} << router.out_port[in] * most_vcs;
    if (set == 0) return 0;
    grants[0] = grant(in, round_robin(set, router.accept_turn[in]));
    return 1;
  }
  std::uint64_t asked_by[Router::channels], granted_by[Router::channels];
  std::uint64_t asked = 0, granted = 0;
  for (std::uint64_t rest = router.waiting; rest != 0; rest &= rest - 1) {
    const unsigned in = first_of(rest);
    for (std::uint64_t set = std::uint64_t{eligible(router, node, in)} << router.out_port[in] * most_vcs; set != 0; set &= set - 1) {
      const unsigned out = first_of(set);
      asked_by[out] = ((asked & bit(out)) != 0 ? asked_by[out] : 0) | bit(in);
      asked |= bit(out);
    }
  }
  for (; asked != 0; asked &= asked - 1) {
    const unsigned out = first_of(asked), in = round_robin(asked_by[out], router.grant_turn[out]);
    granted_by[in] = ((granted & bit(in)) != 0 ? granted_by[in] : 0) | bit(out);
    granted |= bit(in);
  }
  unsigned count = 0;
  for (; granted != 0; granted &= granted - 1) {
    const unsigned in = first_of(granted);
    grants[count++] = grant(in, round_robin(granted_by[in], router.accept_turn[in]));
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
    grants[0] = grant(in, router.out_port[in]);
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
        const unsigned in = port * most_vcs + first_of(part), out_port = router.out_port[in];
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
  router.owner[out] = grant.in;
  router.out_vc[in] = static_cast<std::uint8_t>(out % most_vcs);
  router.free_vcs[port] &= static_cast<std::uint8_t>(~(1U << out % most_vcs));
  router.waiting &= ~bit(in);
  router.holding |= bit(in);
  if (router.credits[out] != 0) router.ready |= bit(in);
  ++counts_.channel_allocations;
  const std::uint32_t endpoint = port_ends_[node * ports_per_router + port];
  if (endpoint != no_endpoint && ends_[endpoint].slots != unlimited) --ends_[endpoint].slots;
}

/// A flit crosses the switch and leaves.
void MeshNetwork::traverse(Router& router, std::uint32_t node, Grant grant) {
  const unsigned in = grant.in, port = grant.out, vc = router.out_vc[in], out = port * most_vcs + vc;
  const bool stays = (router.forking & bit(in)) != 0;
  unsigned place = router.first[in] + router.next[in];
  if (place >= config_.vc_buffer) place -= config_.vc_buffer;
  std::uint32_t flit = buffer(node, in)[place];
  if (stays) {
    flit = packet_of(flit).child | (flit & ~packet_mask);
    ++router.next[in];
    ++counts_.flits_copied;
  } else {
    if (++router.first[in] == config_.vc_buffer) router.first[in] = 0;
    --router.count[in];
    // Its place is free: tell whoever fills this buffer.
    const unsigned in_port = in / most_vcs;
    const std::uint32_t endpoint = port_ends_[node * ports_per_router + in_port];
    if (endpoint != no_endpoint)
      wheel_.at(cycle_ + config_.source_credit_delay()).credits.push_back(source_mark | (endpoint * most_vcs + in % most_vcs));
    else
      wheel_.at(cycle_ + config_.credit_delay())
          .credits.push_back(neighbours_[node * 4 + in_port] << 6 | opposite(in_port) * most_vcs | in % most_vcs);
    wheel_.added();
  }
  ++counts_.switch_traversals;
  ++port_flits_[node * ports_per_router + port];
  --router.credits[out];
  if ((flit & head_mark) != 0) ++packet_of(flit).routers;

  const bool is_tail = (flit & tail_mark) != 0;
  if (port_ends_[node * ports_per_router + port] != no_endpoint) {
    ++counts_.flits_out;
    if (is_tail) {
      wheel_.at(cycle_ + deliver_cycles_).deliveries.push_back(flit & packet_mask);
      wheel_.added();
      if (announces_) announced_.push_back({packet_of(flit).tag, cycle_ + deliver_cycles_});
    }
    // The endpoint takes flits as they come; its credit returns as any other.
    wheel_.at(cycle_ + deliver_cycles_ + config_.credit_delay()).credits.push_back(node << 6 | out);
  } else {
    ++counts_.link_traversals;
    wheel_.at(cycle_ + traverse_cycles_).arrivals.push_back({neighbours_[node * 4 + port] << 6 | opposite(port) * most_vcs | vc, flit});
  }
  wheel_.added();

  if (is_tail) {
    router.owner[out] = Router::nobody;
    router.free_vcs[port] |= static_cast<std::uint8_t>(1U << vc);
    router.holding &= ~bit(in);
    router.ready &= ~bit(in);
    router.forking &= ~bit(in);
    router.next[in] = 0;
    if (router.count[in] != 0) route_front(router, node, in);
  } else if (router.count[in] == router.next[in] || router.credits[out] == 0) {
    router.ready &= ~bit(in);
  }
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
