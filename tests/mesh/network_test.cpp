// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <map>
#include <set>

#include <snnvp/platform/base/diagnostics.h>

#include "mesh_bench.h"

using namespace snnvp;
using namespace snnvp::mesh;

namespace {

/// Steps until nothing moves; calls back for each delivery.
template <typename Arrived>
void run_dry(MeshNetwork& network, Arrived arrived) {
  while (network.next_event() != MeshNetwork::never) {
    network.step();
    for (const Delivery& d : network.deliveries()) arrived(d);
  }
}

Config of_size(unsigned width, unsigned height) {
  Config config;
  config.width = width;
  config.height = height;
  return config;
}

}  // namespace

TEST_CASE("packets of a flow stay in order whatever the topology and the number of channels", "[mesh]") {
  for (const Topology topology : {Topology::mesh, Topology::torus})
    for (const Switching switching : {Switching::wormhole, Switching::vct})
      for (const unsigned vcs : {2U, 4U, 7U}) {
        Config config = of_size(6, 6);
        config.topology = topology;
        config.switching = switching;
        config.vcs = vcs;
        config.vc_buffer = 8;
        MeshNetwork network(config);
        RandomStream random(11, "flows");
        std::map<std::uint64_t, std::uint64_t> last;
        std::uint64_t number = 0, received = 0;
        for (unsigned i = 0; i < 6000; ++i) {
          const auto from = static_cast<Endpoint>(random.below(36)), to = static_cast<Endpoint>(random.below(36));
          network.send({from, to, static_cast<std::uint32_t>(1 + random.below(8)), static_cast<std::uint32_t>(random.below(3)), ++number}, i / 4);
        }
        run_dry(network, [&](const Delivery& d) {
          std::uint64_t& before = last[(std::uint64_t{d.source} * 36 + d.destination) * 3 + d.flow];
          if (d.tag <= before) FAIL("packet " << d.tag << " after " << before);
          before = d.tag;
          ++received;
        });
        CHECK(received == number);
        CHECK(network.is_empty());
      }
}

TEST_CASE("freely chosen channels let packets of a flow overtake each other, which is why flows have an own mode", "[mesh]") {
  Config config = test::booksim_mesh(6);
  MeshNetwork network(config);
  RandomStream random(11, "flows");
  std::map<std::uint64_t, std::uint64_t> last;
  unsigned overtaken = 0;
  for (unsigned i = 0; i < 20'000; ++i)
    network.send({static_cast<Endpoint>(random.below(36)), static_cast<Endpoint>(random.below(36)), static_cast<std::uint32_t>(1 + random.below(8)), 0, i + 1},
                 i / 8);
  run_dry(network, [&](const Delivery& d) {
    std::uint64_t& before = last[std::uint64_t{d.source} * 36 + d.destination];
    overtaken += d.tag < before;
    before = std::max(before, d.tag);
  });
  CHECK(overtaken > 0);
}

TEST_CASE("every configuration drains whatever is thrown at it", "[mesh]") {
  RandomStream random(5, "configurations");
  for (unsigned trial = 0; trial < 60; ++trial) {
    Config config = of_size(static_cast<unsigned>(1 + random.below(6)), static_cast<unsigned>(1 + random.below(6)));
    config.topology = random.bernoulli(0.5) ? Topology::torus : Topology::mesh;
    config.routing = random.bernoulli(0.5) ? Routing::xy : Routing::yx;
    config.switching = random.bernoulli(0.5) ? Switching::vct : Switching::wormhole;
    config.vc_choice = random.bernoulli(0.5) ? VcChoice::any : VcChoice::flow;
    config.vcs = static_cast<unsigned>(2 + random.below(5));
    config.vc_buffer = static_cast<unsigned>(1 + random.below(6));
    config.router_cycles = static_cast<unsigned>(1 + random.below(4));
    config.link_cycles = static_cast<unsigned>(1 + random.below(3));
    config.inject_cycles = static_cast<unsigned>(random.below(3));
    config.eject_cycles = least_eject_cycles(config.router_cycles) + static_cast<unsigned>(random.below(3));
    if (random.bernoulli(0.5)) config.credit_cycles = static_cast<unsigned>(random.below(4));
    MeshNetwork network(config);
    const std::uint32_t nodes = config.nodes(), longest = config.switching == Switching::vct ? config.vc_buffer : 20;
    std::uint64_t sent = 0, received = 0;
    for (unsigned i = 0; i < 1500; ++i) {
      const PacketSpec spec{static_cast<Endpoint>(random.below(nodes)), static_cast<Endpoint>(random.below(nodes)),
                            static_cast<std::uint32_t>(1 + random.below(longest)), static_cast<std::uint32_t>(random.below(4)), i};
      network.send(spec, random.below(300));
      ++sent;
    }
    run_dry(network, [&](const Delivery&) { ++received; });
    INFO("trial " << trial << ": " << network.waiting_for());
    REQUIRE(network.is_empty());
    REQUIRE(received == sent);
    REQUIRE(network.packets().is_balanced());
  }
}

TEST_CASE("a closed endpoint holds packets back until slots are released and the waiting packets are named", "[mesh]") {
  MeshNetwork network(of_size(4, 1));
  network.limit_slots(3, 2);
  for (unsigned i = 0; i < 40; ++i) network.send({0, 3, 1, 0, i}, 0);
  unsigned received = 0;
  run_dry(network, [&](const Delivery&) { ++received; });
  CHECK(received == 2);
  CHECK(network.is_stuck());
  CHECK(network.waiting_for().find("waits until the block at endpoint 3 takes packets") != std::string::npos);
  for (; received < 40; ) {
    network.release_slots(3);
    run_dry(network, [&](const Delivery&) { ++received; });
  }
  CHECK(network.is_empty());
  CHECK(network.waiting_for().empty());
}

TEST_CASE("a multicast tree reaches every destination once and uses each link of the tree once", "[mesh]") {
  for (const Topology topology : {Topology::mesh, Topology::torus}) {
    Config config = of_size(5, 5);
    config.topology = topology;
    config.switching = Switching::vct;
    config.vcs = 2;
    config.vc_buffer = 4;
    MeshNetwork network(config);
    std::vector<Endpoint> all;
    for (Endpoint e = 0; e < 25; ++e) all.push_back(e);
    std::multiset<Endpoint> reached;
    network.send_tree({12, 0, 3, 0, 99}, all, 0);
    run_dry(network, [&](const Delivery& d) {
      reached.insert(d.destination);
      CHECK(d.tag == 99);
      CHECK(d.flits == 3);
    });
    CHECK(std::vector<Endpoint>(reached.begin(), reached.end()) == all);
    CHECK(network.counts().link_traversals == 24 * 3);  // a tree over 25 nodes has 24 links
    CHECK(network.is_empty());
    CHECK(network.packets().is_balanced());
  }
}

TEST_CASE("heavy multicast and unicast traffic together drain and lose nothing", "[mesh]") {
  for (const Topology topology : {Topology::mesh, Topology::torus}) {
    Config config = of_size(6, 6);
    config.topology = topology;
    config.switching = Switching::vct;
    config.vcs = 2;
    config.vc_buffer = 4;
    MeshNetwork network(config);
    RandomStream random(1, "multicast");
    std::map<std::uint64_t, std::set<Endpoint>> wanted;
    for (std::uint64_t i = 0; i < 1500; ++i) {
      std::set<Endpoint> to;
      const std::uint64_t fan = 1 + random.below(9);
      while (to.size() < fan) to.insert(static_cast<Endpoint>(random.below(36)));
      wanted[i] = to;
      const PacketSpec spec{static_cast<Endpoint>(random.below(36)), *to.begin(), static_cast<std::uint32_t>(1 + random.below(4)), 0, i};
      if (fan == 1)
        network.send(spec, i / 4);
      else
        network.send_tree(spec, {to.begin(), to.end()}, i / 4);
    }
    run_dry(network, [&](const Delivery& d) { REQUIRE(wanted[d.tag].erase(d.destination) == 1); });
    CHECK(network.is_empty());
    for (const auto& [tag, rest] : wanted) REQUIRE(rest.empty());
  }
}

TEST_CASE("border endpoints lead out of the mesh and in again", "[mesh]") {
  MeshNetwork network(of_size(3, 3));
  const Endpoint out = network.add_border(2, 1, east), in = network.add_border(0, 2, west);
  CHECK(network.add_border(2, 1, east) == out);
  CHECK_THROWS_AS(network.add_border(1, 1, east), std::invalid_argument);
  CHECK_THROWS_AS(network.add_border(2, 1, local), std::invalid_argument);
  CHECK(test::lone_latency(network, network.endpoint_at(0, 1), out) == network.config().zero_load(2));
  CHECK(test::lone_latency(network, in, network.endpoint_at(2, 2)) == network.config().zero_load(2));
  CHECK(network.port_flits(network.endpoint_at(2, 1), east) == 1);
}

TEST_CASE("equal input gives equal results however the network is stepped", "[mesh]") {
  const auto trace = [](bool stepwise) {
    Config config = test::booksim_mesh(5);
    config.topology = Topology::torus;
    MeshNetwork network(config);
    RandomStream random(9, "determinism");
    std::vector<std::pair<Cycles, std::uint64_t>> arrivals;
    const auto advance = [&](Cycles until) {
      while (network.next_event() < until) {
        network.step();
        for (const Delivery& d : network.deliveries()) arrivals.emplace_back(network.now(), d.tag);
      }
    };
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const Cycles at = i / 5;
      if (stepwise) advance(at);
      network.send({static_cast<Endpoint>(random.below(25)), static_cast<Endpoint>(random.below(25)), 2, 0, i}, at);
    }
    advance(MeshNetwork::never);
    return arrivals;
  };
  CHECK(trace(true) == trace(false));
}

TEST_CASE("wrong packets and configurations are refused in words", "[mesh]") {
  Config torus = of_size(4, 4);
  torus.topology = Topology::torus;
  CHECK_THROWS_WITH(MeshNetwork(torus), Catch::Contains("2 virtual channels"));
  Config none = of_size(0, 4);
  none.router_cycles = 5;
  CHECK_THROWS_WITH(MeshNetwork(none), Catch::Contains("width is 0") && Catch::Contains("router_cycles is 5"));
  MeshNetwork network(of_size(4, 4));
  CHECK_THROWS_AS(network.send({16, 0, 1, 0, 0}, 0), std::invalid_argument);
  CHECK_THROWS_AS(network.send({0, 16, 1, 0, 0}, 0), std::invalid_argument);
  CHECK_THROWS_AS(network.send({0, 1, 0, 0, 0}, 0), std::invalid_argument);
  CHECK_THROWS_AS(network.send_tree({0, 0, 2, 0, 0}, {1, 2}, 0), std::invalid_argument);
  CHECK_THROWS_AS(network.send_tree({0, 0, 1, 0, 0}, {}, 0), std::invalid_argument);
  Config cut_through = of_size(4, 4);
  cut_through.switching = Switching::vct;
  MeshNetwork vct(cut_through);
  CHECK_THROWS_AS(vct.send({0, 1, 5, 0, 0}, 0), std::invalid_argument);
  CHECK(network.is_empty());
}
