// SPDX-License-Identifier: Apache-2.0
// Parameters of a package beside its modes: links per router, shrinking headers, clustered rates.
#include <catch2/catch.hpp>

#include <cmath>

#include <snnvp/models/snap/snap_core.h>

using namespace snnvp;
using namespace snnvp::snap;

namespace {

Config package(unsigned chips_x, unsigned side, Mode mode) {
  Config c;
  c.chips_x = chips_x, c.chips_y = 1;
  c.mesh.width = c.mesh.height = side;
  c.mode = mode;
  c.encoding_spec.tune(c.boundary.rate);
  return c;
}

/// Two layers of 512 neurons, each four tiles: one chip each.
LayerTable two_layers() {
  return parse_layer_table(
      "network: two\nlayers:\n  - { name: a, in: 512, out: 512, tokens: 4 }\n  - { name: b, in: 512, out: 512, tokens: 4 }\n", "two.yaml");
}

StageResult first_stage(const Config& c) { return SnapCore(c, two_layers()).run_stage(); }

}  // namespace

TEST_CASE("an EMIO per router carries the same packets and takes the time of the busiest router's share", "[chiplet]") {
  Config c = package(2, 2, Mode::ann);
  const StageResult shared = first_stage(c);
  c.link_per_router = true;
  const StageResult own = first_stage(c);
  CHECK(own.crossings == shared.crossings);
  CHECK(own.d2d_wire_bits == shared.d2d_wire_bits);
  // All values come from the two tiles of the last row of blocks, which are neighbours in x: one edge router sends them.
  CHECK(own.busiest_link.find('.') != std::string::npos);
  CHECK(own.busiest_link_cycles <= shared.busiest_link_cycles);
  Config wide = package(2, 4, Mode::ann);
  const LayerTable table = parse_layer_table(
      "network: rows\nlayers:\n  - { name: a, in: 256, out: 4096, tokens: 2 }\n  - { name: b, in: 4096, out: 256, tokens: 2 }\n",
      "rows.yaml");
  const StageResult one = SnapCore(wide, table).run_stage();
  wide.link_per_router = true;
  const StageResult four = SnapCore(wide, table).run_stage();
  CHECK(four.d2d_wire_bits == one.d2d_wire_bits);
  CHECK(4 * four.busiest_link_cycles == one.busiest_link_cycles);  // four rows of tiles, a router each
  CHECK(four.cycles < one.cycles / 3);
}

TEST_CASE("with strip_header a packet leaves 9 bits behind when it turns into y", "[chiplet]") {
  Config c = package(2, 8, Mode::ann);
  c.strip_header = true;
  PackageNetwork network(c);
  struct Client {
    PackageNetwork* network = nullptr;
    void at_tile(std::uint32_t p, Tile, Cycles) {
      if (network->packet(p).live == 0) network->free_packet(p);
    }
    void at_edge(std::uint32_t p, const RouteNode::Exit& exit, Cycles now) { network->cross(p, exit, now); }
    void from_link(std::uint32_t p, std::uint32_t child, Cycles when, const std::uint8_t*, unsigned) {
      network->packet(p).node = child;
      network->send(p, when);
    }
  };
  Client client{&network};
  Cycles now = 10;
  const auto bits_of = [&](Kind kind, Tile from, std::vector<Tile> to) {
    const std::uint64_t before = network.stripped_hop_bits();
    const std::uint32_t index = network.make_packet();
    network.packet(index).kind = kind;
    network.packet(index).node = network.add_route(from, to);
    network.send(index, now);
    while (network.packets_alive() != 0) network.advance(now = std::max(now, network.next_event()), client);
    return network.stripped_hop_bits() - before;
  };
  CHECK(bits_of(Kind::act, 0, {3}) == 3 * 38);
  CHECK(bits_of(Kind::act, 0, {2 * 8 + 3}) == 3 * 38 + 2 * 29);
  CHECK(bits_of(Kind::spike, 0, {2 * 8 + 3}) == 3 * 30 + 2 * 21);
  CHECK(bits_of(Kind::spike, 7 * 8, {0}) == 7 * 21);
  // Over the east edge: seven links to it, then from the west edge of the other chip.
  CHECK(bits_of(Kind::act, 0, {64 + 8 + 1}) == 7 * 38 + 1 * 38 + 1 * 29);
  // A tree uses each link once.
  CHECK(bits_of(Kind::spike, 0, {3, 8 + 3, 16 + 3, 8 + 2}) == 3 * 30 + (2 + 1) * 21);
}

TEST_CASE("clustered rates have the mean and the spread of the Beta distribution, channel by channel", "[chiplet]") {
  const LayerTable table = parse_layer_table("network: one\nlayers:\n  - { name: a, in: 256, out: 4096, density: 0.1 }\n", "one.yaml");
  for (const auto& [alpha, beta] : {std::pair<unsigned, unsigned>{2, 6}, {1, 1}, {8, 24}}) {
    Config c = package(1, 8, Mode::snn);
    c.boundary.alpha = alpha, c.boundary.beta = beta;
    const SpikeSource source(c, table);
    constexpr std::uint64_t channels = 4000, draws = 400;
    double sum = 0, squares = 0;
    for (std::uint64_t n = 0; n < channels; ++n) {
      unsigned spikes = 0;
      for (std::uint64_t t = 0; t < draws; ++t) spikes += source.at(0, n, t / 8, t % 8);
      const double rate = spikes / double(draws);
      sum += rate, squares += rate * rate;
    }
    const double mean = sum / channels, variance = squares / channels - mean * mean;
    const double m = double(alpha) / (alpha + beta), of_beta = m * (1 - m) / (alpha + beta + 1);
    const double wanted = of_beta * std::pow(0.1 / m, 2) + mean * (1 - mean) / draws;  // and what counting adds
    CHECK(mean == Approx(0.1).epsilon(0.03));
    CHECK(variance == Approx(wanted).epsilon(0.1));
  }
}
