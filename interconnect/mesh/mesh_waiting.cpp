// SPDX-License-Identifier: Apache-2.0
// Who waits for whom in a mesh.
#include <snnvp/interconnect/mesh/mesh_network.h>

#include <algorithm>

#include <fmt/format.h>

namespace snnvp::mesh {

std::string MeshNetwork::describe(std::uint32_t index) const {
  const Packet& packet = packets_[index];
  if (packet.group != 0) return fmt::format("the multicast of {} created in cycle {}", packet.source, packet.created);
  return fmt::format("the packet {} -> {} created in cycle {}", packet.source, packet.destination, packet.created);
}

std::string MeshNetwork::waiting_for() const {
  if (packets_inside() == 0) return {};
  // The oldest packet at the front of an input channel starts the chain.
  std::uint32_t node = no_endpoint;
  unsigned in = 0;
  Cycles oldest = never;
  for (std::uint32_t n = 0; n < routers_.size(); ++n)
    for (unsigned i = 0; i < Router::channels; ++i) {
      if (routers_[n].in[i].count == 0) continue;
      const Cycles created = packet_of(front(routers_[n], n, i)).created;
      if (created < oldest) oldest = created, node = n, in = i;
    }
  if (node == no_endpoint) return fmt::format("{} packets in source queues or on links", packets_inside());
  std::string text = fmt::format("{} packets inside: ", packets_inside());
  std::vector<std::uint32_t> seen;
  for (unsigned links = 0; links < 32; ++links) {
    const Router& router = routers_[node];
    const std::uint32_t place = node << 6 | in;
    text += fmt::format("{} at router ({}, {}), input {} channel {}, ", describe(front(router, node, in) & packet_mask), router.x, router.y,
                        port_name(in / most_vcs), in % most_vcs);
    if (std::find(seen.begin(), seen.end(), place) != seen.end()) return text + "which closes the circle";
    seen.push_back(place);
    const unsigned port = router.in[in].out_port;
    const std::uint64_t bit = std::uint64_t{1} << in;
    if ((router.holding & bit) == 0) {
      const std::uint32_t endpoint = port_ends_[node * ports_per_router + port];
      if (endpoint != no_endpoint && ends_[endpoint].slots == 0) return text + fmt::format("waits until the block at endpoint {} takes packets", endpoint);
      unsigned owner = Router::nobody;
      for (unsigned vc = 0; vc < config_.vcs && owner == Router::nobody; ++vc)
        if ((router.in[in].vc_mask >> vc & 1) != 0) owner = router.out[port * most_vcs + vc].owner;
      if (owner == Router::nobody) return text + fmt::format("waits for room behind output {}", port_name(port));
      text += fmt::format("waits for a channel of output {}, held by ", port_name(port));
      if (router.in[owner].count == 0) return text + "a packet whose flits are still to come";
      in = owner;
      continue;
    }
    if (port_ends_[node * ports_per_router + port] != no_endpoint || router.out[port * most_vcs + router.in[in].out_vc].credits != 0)
      return text + "is on its way";
    text += fmt::format("waits for room behind output {}, taken by ", port_name(port));
    node = neighbours_[node * 4 + port];
    in = opposite(port) * most_vcs + router.in[in].out_vc;
    if (routers_[node].in[in].count == 0) return text + "flits on the link";
  }
  return text + "...";
}

}  // namespace snnvp::mesh
