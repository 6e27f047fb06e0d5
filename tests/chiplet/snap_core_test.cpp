// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include <snnvp/models/snap/paper_timing.h>
#include <snnvp/models/snap/snap_core.h>
#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;
using namespace snnvp::snap;

namespace {

/// chips_x x chips_y chips of side x side tiles.
Config package(unsigned chips_x, unsigned chips_y, unsigned side, Mode mode) {
  Config c;
  c.chips_x = chips_x, c.chips_y = chips_y;
  c.mesh.width = c.mesh.height = side;
  c.mode = mode;
  c.coding.x_max = 255;
  c.encoding_spec.tune(c.boundary.rate);
  return c;
}

LayerTable chain(const std::vector<unsigned>& sizes, unsigned tokens) {
  std::string text = "network: chain\nlayers:\n";
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i)
    text += "  - { name: l" + std::to_string(i) + ", in: " + std::to_string(sizes[i]) + ", out: " + std::to_string(sizes[i + 1]) +
            ", tokens: " + std::to_string(tokens) + " }\n";
  return parse_layer_table(text, "chain.yaml");
}

/// A core that computes the table's network, with its sample begun.
struct Computing {
  std::shared_ptr<const IntegerNetwork> network;
  NetworkSample sample;
  std::shared_ptr<NetworkFunction> function;
  std::unique_ptr<SnapCore> core;

  Computing(const Config& c, IntegerNetwork n, NetworkSample s)
      : network(std::make_shared<const IntegerNetwork>(std::move(n))),
        sample(std::move(s)),
        function(std::make_shared<NetworkFunction>(network, c.mode)),
        core(std::make_unique<SnapCore>(c, function)) {
    core->begin_sample(sample);
  }
  Computing(const Config& c, const LayerTable& table, std::uint64_t seed)
      : Computing(c, draw_network(table, seed), draw_sample(table, seed)) {}

  std::vector<IntegerTrace> golden() const {
    return golden_behind_boundary(core->config(), function->segments(), *network, core->placement(), sample);
  }
  std::vector<IntegerTrace> plain() const { return IntegerSimulation(*network).run(sample); }
};

/// Nodes whose values differ, and how many values of the last node do.
std::string differences(const IntegerNetwork& network, const std::vector<IntegerTrace>& a, const std::vector<IntegerTrace>& b) {
  std::string names;
  for (std::size_t i = 0; i < network.nodes.size(); ++i)
    if (a[i].values != b[i].values || a[i].spikes.bits() != b[i].spikes.bits() ||
        !std::equal(a[i].spikes.data(), a[i].spikes.data() + a[i].spikes.byte_size(), b[i].spikes.data()))
      names += network.nodes[i].name + " ";
  return names;
}

/// Runs all stages; the sum of their cycles.
Cycles run(SnapCore& core, std::vector<StageResult>* results = nullptr) {
  Cycles sum = 0;
  while (!core.is_finished()) {
    const StageResult r = core.run_stage();
    sum += r.cycles;
    if (results) results->push_back(r);
  }
  return sum;
}

LayerTable network(const char* name) { return read_layer_table(std::string(SNNVP_SOURCE_DIR) + "/scenarios/networks/" + name + ".yaml"); }

}  // namespace

TEST_CASE("chiplet.A15 totals of the three networks recomputed from their records", "[chiplet]") {
  const Config c = package(4, 4, 8, Mode::ann);
  const auto tiles = [&](const LayerTable& table) {
    std::uint64_t sum = 0;
    for (const LayerRecord& layer : table.layers) sum += tiles_of(c, layer);
    return sum;
  };
  const LayerTable small = network("rwkv_6x512"), large = network("rwkv_12x768"), resnet = network("ms_resnet18"),
                   b4 = network("efficientnet_b4");
  CHECK(small.macs() == 20'578'304);
  CHECK(large.macs() == 92'209'152);
  CHECK(tiles(small) == 6 * 52 + 2);
  CHECK(tiles(large) == 12 * 117 + 3);
  CHECK(resnet.macs() == 555'468'800);
  CHECK(resnet.weights() == 11'210'432);
  CHECK(tiles(resnet) == 195);
  CHECK(b4.macs() == 4'393'771'024);
  CHECK(b4.weights() + 1000 == 19'187'376);  // with the 1,000 biases of fc
  const auto find = [](const LayerTable& t, const std::string& name) {
    for (const LayerRecord& layer : t.layers)
      if (layer.name == name) return layer;
    throw std::runtime_error(name);
  };
  CHECK(find(b4, "s2b1_expand").macs() == 124'761'600);
  CHECK(find(b4, "s2b1_depthwise").macs() == 11'696'400);
  CHECK(find(b4, "s2b1_squeeze").macs() + find(b4, "s2b1_excite").macs() == 1'728);
  CHECK(find(b4, "s2b1_project").macs() == 41'587'200);
  CHECK(find(b4, "s2b1_expand").outputs() == 5'198'400);
  CHECK(find(b4, "s2b1_depthwise").outputs() == 1'299'600);
  CHECK(find(resnet, "s4b1_conv2").macs() == 37'748'736);
  CHECK(find(resnet, "s4b1_shortcut").macs() == 2'097'152);
  CHECK(find(resnet, "conv1").outputs() == 65'536);
  // Too few tiles: the chips it would take are named.
  try {
    SnapCore core(package(1, 1, 8, Mode::ann), small);
    FAIL("it fits");
  } catch (const InputError& error) {
    CHECK(std::string(error.what()).find("chips of 8 x 8 tiles; the package has 1") != std::string::npos);
  }
}

TEST_CASE("chiplet.A3 hops over dies are Manhattan distance, latency 3 D + 1, over an edge the link's more", "[chiplet]") {
  Config c = package(2, 2, 8, Mode::ann);
  c.sample_tokens = 0;
  struct Client {
    Cycles at = 0;
    std::uint32_t packets = 0;
    PackageNetwork* network = nullptr;
    void at_tile(std::uint32_t p, Tile, Cycles now) { at = now, ++packets, network->free_packet(p); }
    void at_edge(std::uint32_t p, const RouteNode::Exit& exit, Cycles now) { network->cross(p, exit, now); }
    void from_link(std::uint32_t p, std::uint32_t child, Cycles when, const std::uint8_t*, unsigned) {
      arrivals.push_back({p, child, when});
    }
    struct Arrival {
      std::uint32_t packet, child;
      Cycles at;
    };
    std::vector<Arrival> arrivals;
  };
  PackageNetwork network(c);
  Client client;
  client.network = &network;
  Cycles now = 10;
  const auto one = [&](Tile from, Tile to) {
    const std::uint32_t index = network.make_packet();
    network.packet(index).node = network.add_route(from, {to});
    network.send(index, now);
    const Cycles sent = now;
    const std::uint32_t before = client.packets;
    while (client.packets == before) {
      Cycles next = network.next_event();
      for (const auto& a : client.arrivals) next = std::min(next, a.at);
      now = std::max(now, next);
      for (std::size_t i = 0; i < client.arrivals.size();) {
        if (client.arrivals[i].at > now) {
          ++i;
          continue;
        }
        network.packet(client.arrivals[i].packet).node = client.arrivals[i].child;
        network.send(client.arrivals[i].packet, now);
        client.arrivals.erase(client.arrivals.begin() + static_cast<std::ptrdiff_t>(i));
      }
      network.advance(now, client);
    }
    const Cycles latency = client.at - sent;
    now += 100;
    return latency;
  };
  for (Tile from = 0; from < 64; ++from)
    for (Tile to = 0; to < 64; ++to) {
      const unsigned d = hops_between(c, from, to);
      CHECK(d == static_cast<unsigned>(std::abs(int(from % 8) - int(to % 8)) + std::abs(int(from / 8) - int(to / 8))));
      CHECK(one(from, to) == 3 * d + 1);
    }
  // Over the east edge, and over the east and the north edge.
  const Cycles crossing = 38 + 38 + 1 + 4;
  const Cycles over_one = one(0, 64), over_two = one(0, 3 * 64 + 9);
  CHECK(hops_between(c, 0, 64) == 8);
  CHECK(over_one == crossing + (3 * 7 + 1) + 1);  // an eject cycle into the link and one into the tile
  CHECK(over_two == 2 * crossing + (3 * 7 + 1) + (3 * 8 + 1) + (3 * 1 + 1));
}

TEST_CASE("a network spread over chips computes what the golden model computes", "[chiplet]") {
  const LayerTable table = chain({300, 520, 270, 600, 40}, 2);
  for (const Mode mode : {Mode::ann, Mode::hnn})
    for (const auto packing : {ActPacking::single, ActPacking::burst}) {
      Config c = package(4, 2, 2, mode);
      c.packing = packing;
      Computing made(c, table, 5);
      std::vector<StageResult> results;
      run(*made.core, &results);
      const std::vector<IntegerTrace> plain = made.plain(), coded = made.golden(), found = made.function->traces();
      CHECK(differences(*made.network, found, mode == Mode::ann ? plain : coded).empty());
      if (mode == Mode::hnn) CHECK_FALSE(differences(*made.network, plain, coded).empty());
      std::uint64_t crossings = 0, ones = 0;
      for (const StageResult& r : results) crossings += r.crossings;
      for (const std::int32_t y : plain.back().values) ones += y != 0;
      CHECK(crossings > 0);
      CHECK(ones > 0);
    }
}

TEST_CASE("every encoding, code and multicast gives the golden model's values behind the boundary", "[chiplet]") {
  const LayerTable table = chain({256, 256, 200, 30}, 2);
  const auto check = [&table](const Config& c) {
    Computing made(c, table, 3);
    run(*made.core);
    CHECK(differences(*made.network, made.function->traces(), made.golden()).empty());
    CHECK_FALSE(differences(*made.network, made.function->traces(), made.plain()).empty());
  };
  for (const char* name : {"aer", "baer", "bitmap", "rle", "delta", "rate", "act", "ttfs", "auto"})
    for (const auto multicast : {Multicast::source, Multicast::tree})
      for (const auto kind : {LinkKind::emio_serial, LinkKind::parallel, LinkKind::ucie}) {
        Config c = package(2, 2, 1, Mode::hnn);
        c.multicast = multicast;
        c.d2d.kind = kind;
        c.d2d.ucie.flit = FlitFormat::f256;
        c.encoding_spec.group = 128;
        c.auto_encoding = std::string(name) == "auto";
        if (!c.auto_encoding) c.encoding = *encoding_of(name);
        INFO(name << (multicast == Multicast::tree ? " tree" : " source"));
        check(c);
      }
  for (const auto code : {ActivationCode::ttfs, ActivationCode::graded}) {
    Config c = package(2, 2, 1, Mode::hnn);
    c.coding.code = code;
    c.encoding = code == ActivationCode::graded ? Encoding::rate : Encoding::ttfs;
    check(c);
  }
  for (const auto encoding : {Encoding::rate, Encoding::act}) {  // counts without times
    Config c = package(2, 2, 1, Mode::hnn);
    c.coding.code = ActivationCode::ttfs;
    c.encoding = encoding;
    CHECK(problems(c).size() == 1);
  }
}

TEST_CASE("links with errors and replay, and clocks that differ, change no value", "[chiplet]") {
  const LayerTable table = chain({256, 256, 200, 30}, 2);
  for (const auto replay : {ReplayScheme::go_back_n, ReplayScheme::selective}) {
    Config c = package(2, 2, 1, Mode::hnn);
    c.d2d.kind = LinkKind::ucie;
    c.d2d.ucie.flit = FlitFormat::f68;
    c.d2d.ucie.replay = replay;
    c.d2d.ucie.crc = CrcCheck::ideal;
    c.d2d.ucie.errors[0].ber = c.d2d.ucie.errors[1].ber = 3e-4;
    c.d2d_hz = 700'000'000;
    Computing made(c, table, 3);
    std::vector<StageResult> results;
    run(*made.core, &results);
    CHECK(differences(*made.network, made.function->traces(), made.golden()).empty());
    std::uint64_t replays = 0;
    for (const StageResult& r : results) replays += r.d2d_replays;
    CHECK(replays > 0);
  }
}

TEST_CASE("snn: spikes over die edges come back whatever the encoder", "[chiplet]") {
  const LayerTable table = chain({256, 256, 200, 30}, 2);
  std::vector<std::uint64_t> spikes;
  for (const char* name : {"aer", "baer", "bitmap", "rle", "delta", "auto"}) {
    Config c = package(2, 2, 1, Mode::snn);
    c.auto_encoding = std::string(name) == "auto";
    if (!c.auto_encoding) c.encoding = *encoding_of(name);
    SnapCore core(c, table);
    std::vector<StageResult> results;
    run(core, &results);
    std::uint64_t written = 0, sent = 0;
    for (const StageResult& r : results) written += r.value_writes, sent += r.spikes + (r.eow_packets > 0 ? 2 : 0);
    INFO(name);
    CHECK(written == sent);  // every spike and every end of a window reached its tile
    spikes.push_back(sent);
  }
  for (const std::uint64_t n : spikes) CHECK(n == spikes.front());
}
