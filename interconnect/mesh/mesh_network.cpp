// SPDX-License-Identifier: Apache-2.0
// Packets, sources and the order of a cycle. Allocation: mesh_allocation.cpp.
#include <snnvp/interconnect/mesh/mesh_network.h>

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>

namespace snnvp::mesh {
namespace {

constexpr std::uint32_t source_mark = 1U << 31;  // a credit for a source, not for a router

/// The earliest of two packets of later cycles is the smaller; std heaps keep the largest on top.
constexpr auto later = [](const auto& a, const auto& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; };

const Config& checked(const Config& config) {
  const std::vector<std::string> found = problems(config);
  if (!found.empty()) throw InputError(fmt::format("mesh: {}", fmt::join(found, "; ")));
  return config;
}

unsigned most_delay(const Config& c) {
  return std::max({c.inject_cycles, c.router_cycles + c.link_cycles, c.eject_cycles + c.credit_delay(), c.source_credit_delay()}) + 1;
}

}  // namespace

MeshNetwork::MeshNetwork(const Config& config) : config_(checked(config)), wheel_(most_delay(config)) {
  const unsigned vcs = config_.vcs, second = vcs / 2;
  all_vcs_ = static_cast<std::uint8_t>((1U << vcs) - 1);
  class_vcs_[0] = config_.topology == Topology::mesh ? all_vcs_ : static_cast<std::uint8_t>((1U << (vcs - second)) - 1);
  class_vcs_[1] = config_.topology == Topology::mesh ? all_vcs_ : static_cast<std::uint8_t>(all_vcs_ & ~class_vcs_[0]);
  const unsigned switch_cycle = config_.router_cycles > 2 ? config_.router_cycles - 2 : 0;  // after the arrival
  traverse_cycles_ = config_.router_cycles + config_.link_cycles - switch_cycle;
  deliver_cycles_ = config_.eject_cycles - switch_cycle;
  route_cycles_ = config_.router_cycles == 4 ? 1 : 0;
  same_cycle_ = config_.router_cycles <= 2;
  is_cut_through_ = config_.switching == Switching::vct;
  credit_cycles_ = config_.credit_delay();
  source_credit_cycles_ = config_.source_credit_delay();

  const std::uint32_t nodes = config_.nodes();
  routers_.resize(nodes);
  buffers_.resize(std::size_t{nodes} * ports_per_router * vcs * config_.vc_buffer);
  neighbours_.assign(std::size_t{nodes} * 4, no_endpoint);
  port_ends_.assign(std::size_t{nodes} * ports_per_router, no_endpoint);
  port_flits_.resize(std::size_t{nodes} * ports_per_router);
  ends_.resize(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    Router& router = routers_[node];
    router.x = static_cast<std::uint16_t>(node % config_.width);
    router.y = static_cast<std::uint16_t>(node / config_.width);
    std::fill(std::begin(router.free_vcs), std::end(router.free_vcs), all_vcs_);
    for (Router::Output& output : router.out) output.credits = static_cast<std::uint16_t>(config_.vc_buffer);
    const bool wraps = config_.topology == Topology::torus;
    const auto connect = [&](unsigned port, bool is_edge, std::uint32_t inside, std::uint32_t around) {
      if (!is_edge || wraps) neighbours_[node * 4 + port] = is_edge ? around : inside;
    };
    const std::uint32_t row = node - router.x, column = router.x;
    connect(east, router.x + 1U == config_.width, node + 1, row);
    connect(west, router.x == 0, node - 1, row + config_.width - 1);
    connect(north, router.y + 1U == config_.height, node + config_.width, column);
    connect(south, router.y == 0, node - config_.width, column + config_.width * (config_.height - 1));
    ends_[node].node = node;
    std::fill(std::begin(ends_[node].credits), std::end(ends_[node].credits), static_cast<std::uint16_t>(config_.vc_buffer));
    port_ends_[node * ports_per_router + local] = node;
    router.exits = 1U << local;
  }
}

Endpoint MeshNetwork::add_border(unsigned x, unsigned y, Port port) {
  if (x >= config_.width || y >= config_.height || port >= local || has_neighbour(endpoint_at(x, y), port))
    throw std::invalid_argument(fmt::format("port {} of router ({}, {}) does not lead out of the mesh", port_name(port), x, y));
  Endpoint& there = port_ends_[endpoint_at(x, y) * ports_per_router + port];
  if (there != no_endpoint) return there;
  there = endpoints();
  routers_[endpoint_at(x, y)].exits |= static_cast<std::uint8_t>(1U << port);
  End end = ends_.front();
  end = End();
  end.node = endpoint_at(x, y);
  end.port = port;
  std::fill(std::begin(end.credits), std::end(end.credits), static_cast<std::uint16_t>(config_.vc_buffer));
  ends_.push_back(end);
  return there;
}

void MeshNetwork::limit_slots(Endpoint endpoint, std::uint32_t slots) {
  End& end = ends_.at(endpoint);
  end.slots = slots;
  Router& router = routers_[end.node];
  const auto port = static_cast<std::uint8_t>(1U << end.port);
  router.limited = static_cast<std::uint8_t>(slots == unlimited ? router.limited & ~port : router.limited | port);
}

void MeshNetwork::release_slots(Endpoint endpoint, std::uint32_t slots) {
  End& end = ends_.at(endpoint);
  if (end.slots == unlimited) return;
  end.slots += slots;
  if (routers_[end.node].waiting != 0) activate(end.node);
}

void MeshNetwork::check(const PacketSpec& spec) const {
  if (spec.source >= endpoints()) throw std::invalid_argument(fmt::format("the mesh has no endpoint {}: it has {}", spec.source, endpoints()));
  if (spec.flits == 0 || spec.flits > 1U << 24) throw std::invalid_argument(fmt::format("a packet of {} flits", spec.flits));
  if (config_.switching == Switching::vct && spec.flits > config_.vc_buffer)
    throw std::invalid_argument(
        fmt::format("a packet of {} flits does not fit a buffer of {}: virtual cut-through needs that", spec.flits, config_.vc_buffer));
}

std::uint32_t MeshNetwork::make_packet(const PacketSpec& spec, Cycles at) {
  std::uint32_t index = free_packets_;
  if (index != none) {
    free_packets_ = packets_[index].next;
  } else {
    index = static_cast<std::uint32_t>(packets_.size());
    if (index > packet_mask) throw std::length_error("more than 2^30 packets in a mesh");
    packets_.emplace_back();
  }
  Packet& packet = packets_[index];
  packet = Packet();
  packet.tag = spec.tag;
  packet.created = packet.born = at;
  packet.source = spec.source;
  packet.flits = spec.flits;
  packet.flow = spec.flow;
  packet.vc = static_cast<std::uint8_t>(mix64(std::uint64_t{spec.source} << 32 | spec.flow) >> 56);
  if (config_.topology == Topology::torus) {
    const std::uint64_t which = config_.vc_choice == VcChoice::flow ? std::uint64_t{spec.source} << 32 | spec.flow : order_;
    packet.tie = mix64(config_.seed ^ mix64(which)) >> 63 != 0;
  }
  return index;
}

void MeshNetwork::free_packet(std::uint32_t index) {
  packets_[index].next = free_packets_;
  free_packets_ = index;
}

/// Directions and dateline classes from a router to a destination. On a torus the shorter way round; where both are equally
/// far, the packet's own draw. A packet that will cross from the last to the first router of a ring, or back, is in the second
/// class of that ring, so that neither class contains a circle.
void MeshNetwork::set_route(Packet& packet, std::uint32_t from_node, Endpoint destination) const {
  const End& end = ends_[destination];
  const Router& from = routers_[from_node];
  const Router& to = routers_[end.node];
  packet.destination = destination;
  packet.exit = end.port;
  packet.x = to.x;
  packet.y = to.y;
  packet.way_x = {to.x < from.x, false};
  packet.way_y = {to.y < from.y, false};
  if (config_.topology == Topology::mesh) return;
  const auto around = [&packet](unsigned here, unsigned there, unsigned size) {
    const unsigned ahead = there >= here ? there - here : there + size - here;
    const bool is_down = 2 * ahead > size || (2 * ahead == size && !packet.tie);
    return Way{is_down, is_down ? there > here : there < here};
  };
  packet.way_x = around(from.x, to.x, config_.width);
  packet.way_y = around(from.y, to.y, config_.height);
}

void MeshNetwork::send(const PacketSpec& spec, Cycles at) {
  check(spec);
  if (spec.destination >= endpoints())
    throw std::invalid_argument(fmt::format("the mesh has no endpoint {}: it has {}", spec.destination, endpoints()));
  const std::uint32_t index = make_packet(spec, at);
  set_route(packets_[index], ends_[spec.source].node, spec.destination);
  queue_or_keep(index, at);
}

void MeshNetwork::queue_or_keep(std::uint32_t packet, Cycles at) {
  if (at > cycle_) {
    future_.push_back({at, order_++, packet});
    std::push_heap(future_.begin(), future_.end(), later);
    return;
  }
  ++order_;
  enqueue(packet);
}

void MeshNetwork::enqueue(std::uint32_t index) {
  const Packet& packet = packets_[index];
  packets_meter_.enter(packet.born);
  End& end = ends_[packet.source];
  packets_[index].next = none;
  if (end.queued == 0) {
    end.first = index;
    end.sent = 0;
  } else {
    packets_[end.last].next = index;
  }
  end.last = index;
  ++end.queued;
  if (!end.is_active) {
    end.is_active = true;
    active_ends_.push_back(packet.source);
  }
}

Cycles MeshNetwork::next_event() const {
  if (!active_.empty() || !active_ends_.empty()) return cycle_;
  const Cycles kept = future_.empty() ? never : std::max(future_.front().at, cycle_);
  return wheel_.pending() == 0 ? kept : std::min(kept, wheel_.next(cycle_));
}

void MeshNetwork::step() {
  cycle_ = next_event();
  deliveries_.clear();
  announced_.clear();
  take_events();
  while (!future_.empty() && future_.front().at <= cycle_) {
    const std::uint32_t packet = future_.front().packet;
    std::pop_heap(future_.begin(), future_.end(), later);
    future_.pop_back();
    enqueue(packet);
  }
  send_flits();
  std::swap(active_, evaluated_);
  for (const std::uint32_t node : evaluated_) {
    routers_[node].is_active = false;
    evaluate(node);
  }
  counts_.router_cycles += evaluated_.size();
  evaluated_.clear();
  ++cycle_;
}

void MeshNetwork::take_events() {
  if (wheel_.pending() == 0) return;
  CycleWheel::Slot& slot = wheel_.at(cycle_);
  for (const std::uint32_t where : slot.credits) credit(where);
  for (const CycleWheel::Event& event : slot.arrivals) arrive(event.where, event.what);
  for (const CycleWheel::Event& event : slot.routed) {
    routers_[event.where >> 6].waiting |= std::uint64_t{1} << (event.where & 63);
    activate(event.where >> 6);
  }
  for (const std::uint32_t packet : slot.deliveries) deliver(packet);
  wheel_.taken(slot.credits.size() + slot.arrivals.size() + slot.routed.size() + slot.deliveries.size());
  slot.credits.clear();
  slot.arrivals.clear();
  slot.routed.clear();
  slot.deliveries.clear();
}

void MeshNetwork::credit(std::uint32_t where) {
  if ((where & source_mark) != 0) {
    const std::uint32_t endpoint = (where & ~source_mark) / most_vcs;
    End& end = ends_[endpoint];
    ++end.credits[where % most_vcs];
    if (end.queued == 0 || end.is_active) return;
    end.is_active = true;
    active_ends_.push_back(endpoint);
    return;
  }
  const std::uint32_t node = where >> 6;
  Router& router = routers_[node];
  const unsigned out = where & 63;
  ++router.out[out].credits;
  const std::uint8_t owner = router.out[out].owner;
  if (owner != Router::nobody && router.in[owner].count > router.in[owner].next) {
    router.ready |= std::uint64_t{1} << owner;
    activate(node);
  } else if (is_cut_through_ && router.waiting != 0) {
    activate(node);
  }
}

void MeshNetwork::arrive(std::uint32_t where, std::uint32_t flit) {
  const std::uint32_t node = where >> 6;
  const unsigned in = where & 63;
  Router& router = routers_[node];
  Router::Input& channel = router.in[in];
  unsigned place = channel.first + channel.count;
  if (place >= config_.vc_buffer) place -= config_.vc_buffer;
  buffer(node, in)[place] = flit;
  ++counts_.buffer_writes;
  const std::uint64_t bit = std::uint64_t{1} << in;
  const unsigned before = channel.count++;
  if ((router.holding & bit) != 0) {
    if (before == channel.next && router.out[channel.out_port * most_vcs + channel.out_vc].credits != 0) {
      router.ready |= bit;
      activate(node);
    }
  } else if (before == 0) {
    route_front(router, node, in);
  }
}

void MeshNetwork::send_flits() {
  std::swap(active_ends_, sending_);
  for (const std::uint32_t endpoint : sending_) {
    End& end = ends_[endpoint];
    end.is_active = send_flit(end);
    if (end.is_active) active_ends_.push_back(endpoint);
  }
  sending_.clear();
}

/// False if the source has nothing more to do before a credit or a packet comes.
bool MeshNetwork::send_flit(End& end) {
  const std::uint32_t index = end.first;
  Packet& packet = packets_[index];
  std::uint32_t flit = index;
  if (end.sent == 0) {
    const unsigned vc = choose_vc(end, packet);
    if (vc == most_vcs) return false;
    end.vc = static_cast<std::uint8_t>(vc);
    packet.queueing = static_cast<std::uint32_t>(cycle_ - std::min(cycle_, packet.created));
    flit |= head_mark;
  } else if (end.credits[end.vc] == 0) {
    return false;
  }
  --end.credits[end.vc];
  ++counts_.flits_in;
  const std::uint32_t where = end.node << 6 | end.port * most_vcs | end.vc;
  const bool is_last = ++end.sent == packet.flits;
  if (is_last) {
    flit |= tail_mark;
    end.first = packet.next;
    end.sent = 0;
    --end.queued;
  }
  if (config_.inject_cycles == 0) {
    arrive(where, flit);
  } else {
    wheel_.at(cycle_ + config_.inject_cycles).arrivals.push_back({where, flit});
    wheel_.added();
  }
  return end.queued != 0;
}

/// The channel of the first router for a new packet, most_vcs if there is none with room: round robin after the last one used, or
/// the flow's.
unsigned MeshNetwork::choose_vc(const End& end, const Packet& packet) const {
  const std::uint32_t room = config_.switching == Switching::vct ? packet.flits : 1;
  if (config_.vc_choice == VcChoice::flow) {
    const unsigned vc = packet.vc % config_.vcs;
    return end.credits[vc] >= room ? vc : most_vcs;
  }
  for (unsigned i = 1; i <= config_.vcs; ++i) {
    const unsigned vc = (end.vc + i) % config_.vcs;
    if (end.credits[vc] >= room) return vc;
  }
  return most_vcs;
}

void MeshNetwork::deliver(std::uint32_t index) {
  const Packet& packet = packets_[index];
  packets_meter_.leave(cycle_, packet.born);
  counts_.latency_cycles += cycle_ - packet.created;
  deliveries_.push_back({packet.source, packet.destination, packet.flits, packet.flow, packet.routers, packet.tag, packet.created, packet.created + packet.queueing});
  free_packet(index);
}

std::size_t MeshNetwork::bytes_per_node() const {
  const std::size_t all = routers_.size() * sizeof(Router) + buffers_.size() * sizeof(std::uint32_t) +
                          (neighbours_.size() + port_ends_.size()) * sizeof(std::uint32_t) + port_flits_.size() * sizeof(std::uint64_t) +
                          ends_.size() * sizeof(End);
  return all / routers_.size();
}

}  // namespace snnvp::mesh
