// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstdlib>

#include "mesh_bench.h"

using namespace snnvp;
using namespace snnvp::mesh;
using snnvp::test::lone_latency;

namespace {

unsigned distance(unsigned a, unsigned b, unsigned size, bool wraps) {
  const unsigned d = a > b ? a - b : b - a;
  return wraps ? std::min(d, size - d) : d;
}

/// Every pair of nodes, one packet at a time: latency and routers passed.
void require_zero_load(Config config, std::uint32_t flits) {
  MeshNetwork network(config);
  const bool wraps = config.topology == Topology::torus;
  for (Endpoint from = 0; from < config.nodes(); ++from)
    for (Endpoint to = 0; to < config.nodes(); ++to) {
      const unsigned hops = distance(from % config.width, to % config.width, config.width, wraps) +
                            distance(from / config.width, to / config.width, config.height, wraps);
      const Cycles latency = lone_latency(network, from, to, flits);
      if (latency != config.zero_load(hops, flits) || network.deliveries().front().routers != hops + 1)
        FAIL("from " << from << " to " << to << ": " << latency << " cycles, " << network.deliveries().front().routers << " routers");
    }
  CHECK(network.is_empty());
}

}  // namespace

TEST_CASE("chiplet.A3 one packet at a time between all pairs of an 8 x 8 mesh takes 3 D + 1 cycles", "[mesh]") {
  Config config;
  CHECK(config.zero_load(0) == 1);
  CHECK(config.zero_load(14) == 43);
  require_zero_load(config, 1);
}

TEST_CASE("chiplet.N1 zero-load latency is a H + b for every router pipeline, link, size, order and topology", "[mesh]") {
  for (const unsigned router_cycles : {1, 2, 3, 4})
    for (const unsigned link_cycles : {1, 3})
      for (const Topology topology : {Topology::mesh, Topology::torus})
        for (const Routing routing : {Routing::xy, Routing::yx}) {
          Config config;
          config.width = 5;
          config.height = 4;
          config.topology = topology;
          config.routing = routing;
          config.vcs = 2;
          config.router_cycles = router_cycles;
          config.link_cycles = link_cycles;
          config.inject_cycles = 2;
          config.eject_cycles = least_eject_cycles(router_cycles) + 1;
          config.vc_buffer = 16;
          require_zero_load(config, 1);
          require_zero_load(config, 3);
        }
}

TEST_CASE("chiplet.N1 mean routers to all nodes are 2, 3.5 and 6.25, so the booksim preset gives 10, 16 and 27 cycles", "[mesh]") {
  const std::pair<unsigned, double> expected[] = {{2, 2.0}, {4, 3.5}, {8, 6.25}};
  for (const auto& [k, mean] : expected) {
    const Config config = test::booksim_mesh(k);
    MeshNetwork network(config);
    std::uint64_t routers = 0, latency = 0;
    for (Endpoint from = 0; from < config.nodes(); ++from)
      for (Endpoint to = 0; to < config.nodes(); ++to) {
        latency += lone_latency(network, from, to);
        routers += network.deliveries().front().routers;
      }
    const double pairs = config.nodes() * config.nodes();
    CHECK(static_cast<double>(routers) / pairs == mean);
    CHECK(mean == 2.0 * (k * k - 1) / (3 * k) + 1);
    CHECK(static_cast<double>(latency) / pairs == 4 * mean + 2);
  }
}

TEST_CASE("chiplet.N12 a packet occupies a link for its bits over the link's width, rounded up", "[mesh]") {
  Config config;
  config.width = 2;
  config.height = 1;
  config.vc_buffer = 8;
  for (const unsigned width : {8U, 32U, 38U, 64U})
    for (const Bits bits : {Bits{1}, Bits{30}, Bits{38}, Bits{64}, Bits{512}}) {
      config.flit_bits = width;
      const std::uint32_t flits = config.flits_of(bits);
      CHECK(flits == (bits + width - 1) / width);
      // Two packets back to back: the second one's tail follows after exactly its own flits.
      MeshNetwork network(config);
      network.send({0, 1, flits, 0, 0}, 0);
      network.send({0, 1, flits, 0, 0}, 0);
      std::vector<Cycles> arrivals;
      while (network.next_event() != MeshNetwork::never) {
        network.step();
        if (!network.deliveries().empty()) arrivals.push_back(network.now());
      }
      REQUIRE(arrivals.size() == 2);
      CHECK(arrivals[0] == config.zero_load(1, flits));
      CHECK(arrivals[1] - arrivals[0] == flits);
    }
}

TEST_CASE("an idle node takes less than 4 KiB", "[mesh]") {
  CHECK(MeshNetwork(Config()).bytes_per_node() < 4096);
  CHECK(MeshNetwork(booksim_config()).bytes_per_node() < 4096);
  Config large = booksim_config();
  large.vcs = 8;
  large.vc_buffer = 16;
  CHECK(MeshNetwork(large).bytes_per_node() < 4096);
}
