// SPDX-License-Identifier: Apache-2.0
// One packet to many destinations along the dimension-ordered tree.
#include <snnvp/interconnect/mesh/mesh_network.h>

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace snnvp::mesh {

void MeshNetwork::send_tree(const PacketSpec& spec, const std::vector<Endpoint>& destinations, Cycles at) {
  check(spec);
  if (spec.flits > 1 && config_.switching != Switching::vct)
    throw std::invalid_argument("a multicast tree of packets with several flits needs virtual cut-through: with wormhole its branches could block each other");
  for (const Endpoint destination : destinations)
    if (destination >= endpoints()) throw std::invalid_argument(fmt::format("the mesh has no endpoint {}: it has {}", destination, endpoints()));
  if (destinations.empty()) throw std::invalid_argument("a multicast without destinations");
  const std::uint32_t index = make_packet(spec, at);
  if (destinations.size() == 1) {
    set_route(packets_[index], ends_[spec.source].node, destinations.front());
  } else {
    const std::uint32_t group = make_group(destinations);
    std::sort(groups_[group - 1].rest.begin(), groups_[group - 1].rest.end());
    packets_[index].group = group;
  }
  queue_or_keep(index, at);
}

/// 1 + the index of a list of destinations; lists keep their storage.
std::uint32_t MeshNetwork::make_group(const std::vector<Endpoint>& destinations) {
  if (free_groups_.empty()) {
    free_groups_.push_back(static_cast<std::uint32_t>(groups_.size()));
    groups_.emplace_back();
  }
  const std::uint32_t group = free_groups_.back();
  free_groups_.pop_back();
  groups_[group].rest.assign(destinations.begin(), destinations.end());
  return group + 1;
}

void MeshNetwork::become_single(Packet& packet, std::uint32_t node, Endpoint destination) {
  if (packet.group != 0) {
    groups_[packet.group - 1].rest.clear();
    free_groups_.push_back(packet.group - 1);
  }
  packet.group = 0;
  set_route(packet, node, destination);
}

/// Splits off the destinations behind the first of the ports that a multicast leaves by; what is behind one port only goes on as it is.
/// Sets out_port of the input channel, and `forking` if more branches follow.
void MeshNetwork::branch(Router& router, std::uint32_t node, unsigned in, std::uint32_t index) {
  const std::uint32_t group = packets_[index].group - 1;
  unsigned least = ports_per_router;
  Packet probe = packets_[index];
  bool is_second_x = false, is_second_y = false;
  const auto port_of = [&](Endpoint destination) {
    set_route(probe, node, destination);
    return port_towards(router, probe);
  };
  for (const Endpoint destination : groups_[group].rest) least = std::min(least, port_of(destination));
  branch_scratch_.clear();
  std::size_t kept = 0;
  for (const Endpoint destination : groups_[group].rest) {
    if (port_of(destination) == least) {
      branch_scratch_.push_back(destination);
      is_second_x |= probe.way_x.is_second;
      is_second_y |= probe.way_y.is_second;
    } else {
      groups_[group].rest[kept++] = destination;
    }
  }
  router.in[in].out_port = static_cast<std::uint8_t>(least);
  std::uint32_t target = index;
  if (kept != 0) {
    groups_[group].rest.resize(kept);
    const Packet parent = packets_[index];
    target = make_packet({parent.source, 0, parent.flits, parent.flow, parent.tag}, parent.created);
    Packet& child = packets_[target];
    child.queueing = parent.queueing;
    child.born = cycle_;
    child.routers = parent.routers;
    child.vc = parent.vc;
    child.tie = parent.tie;
    groups_[group].branch = target;
    router.forking |= std::uint64_t{1} << in;
    packets_meter_.enter(cycle_);
    if (branch_scratch_.size() > 1) packets_[target].group = make_group(branch_scratch_);
  }
  Packet& packet = packets_[target];
  if (branch_scratch_.size() == 1) {
    become_single(packet, node, branch_scratch_.front());
  } else {
    packet.way_x.is_second = is_second_x;
    packet.way_y.is_second = is_second_y;
  }
}

}  // namespace snnvp::mesh
