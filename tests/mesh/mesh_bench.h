// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/interconnect/mesh/mesh_network.h>
#include <snnvp/workloads/traffic/traffic_run.h>

// A network core under a traffic client, without a kernel.
namespace snnvp::test {

/// Couples a MeshNetwork to a PacketClient the way the shell does.
class NetworkUnderTraffic : public PacketNetwork {
public:
  explicit NetworkUnderTraffic(const mesh::Config& config, std::uint32_t packet_flits = 1, bool tree = false)
      : network(config), packet_flits_(packet_flits), tree_(tree) {}

  NetworkShape network_shape() const override { return {network.config().width, network.config().height, packet_flits_, tree_}; }
  void attach(PacketClient& client) override { client_ = &client; }
  void send_packet(const PacketRequest& p) override { network.send({p.source, p.destination, p.flits, p.flow, p.tag}, at_); }
  void send_packets(const PacketRequest& p, const std::vector<std::uint32_t>& to) override {
    if (tree_) return network.send_tree({p.source, 0, p.flits, p.flow, p.tag}, to, at_);
    for (const std::uint32_t d : to) network.send({p.source, d, p.flits, p.flow, p.tag}, at_);
  }
  std::uint64_t queued(std::uint32_t endpoint) const override { return network.queued(endpoint); }
  PacketBalance packet_balance() const override {
    const QueueMeter& m = network.packets();
    return {m.in(), m.out(), m.inside(), m.occupancy_cycles(), m.residence_cycles()};
  }
  std::vector<LinkCount> link_counts() const override {
    std::vector<LinkCount> links;
    for (std::uint32_t node = 0; node < network.config().nodes(); ++node)
      for (unsigned port = 0; port < mesh::ports_per_router; ++port)
        if (port == mesh::local || network.has_neighbour(node, port))
          links.push_back({node % network.config().width, node / network.config().width, mesh::port_name(port),
                           network.port_flits(node, static_cast<mesh::Port>(port))});
    return links;
  }

  /// Runs until neither has anything to do.
  void run() {
    for (;;) {
      const Cycles client = client_->next_cycle(), next = std::min(client, network.next_event());
      if (next == mesh::MeshNetwork::never) return;
      if (client == next) {
        at_ = next;
        client_->act(next, *this);
      }
      if (network.next_event() != next) continue;
      network.step();
      for (const mesh::Delivery& d : network.deliveries())
        client_->arrived({d.source, d.destination, d.flits, d.flow, d.routers, d.tag, d.created, d.entered, network.now()});
    }
  }

  mesh::MeshNetwork network;

private:
  std::uint32_t packet_flits_;
  bool tree_;
  PacketClient* client_ = nullptr;
  Cycles at_ = 0;
};

/// Measures traffic on a network from empty to empty.
inline traffic::TrafficResult measure(const mesh::Config& config, const traffic::TrafficSpec& spec, std::uint32_t packet_flits = 1) {
  NetworkUnderTraffic under(config, packet_flits);
  traffic::TrafficRun run(spec, under.network_shape());
  under.attach(run);
  under.run();
  return run.result();
}

inline mesh::Config booksim_mesh(unsigned k) {
  mesh::Config config = mesh::booksim_config();
  config.width = config.height = k;
  return config;
}

/// Sends one packet through an empty network and returns its latency.
inline Cycles lone_latency(mesh::MeshNetwork& network, mesh::Endpoint from, mesh::Endpoint to, std::uint32_t flits = 1) {
  const Cycles at = network.next_cycle();
  network.send({from, to, flits, 0, 0}, at);
  for (;;) {
    network.step();
    if (!network.deliveries().empty()) return network.now() - at;
  }
}

}  // namespace snnvp::test
