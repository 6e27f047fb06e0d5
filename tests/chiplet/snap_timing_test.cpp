// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include <snnvp/models/snap/paper_timing.h>
#include <snnvp/models/snap/snap_core.h>

using namespace snnvp;
using namespace snnvp::snap;

namespace {

Config package(unsigned chips_x, unsigned chips_y, unsigned side, Mode mode) {
  Config c;
  c.chips_x = chips_x, c.chips_y = chips_y;
  c.mesh.width = c.mesh.height = side;
  c.mode = mode;
  c.encoding_spec.tune(c.boundary.rate);
  return c;
}

LayerTable network(const char* name) { return read_layer_table(std::string(SNNVP_SOURCE_DIR) + "/scenarios/networks/" + name + ".yaml"); }

/// Two layers of 256 on two chips of one tile: 256 activations per token cross one link.
LayerTable crossing(unsigned tokens) {
  return parse_layer_table("network: pair\nlayers:\n  - { name: a, in: 256, out: 256, tokens: " + std::to_string(tokens) +
                               " }\n  - { name: b, in: 256, out: 256, tokens: " + std::to_string(tokens) + " }\n",
                           "pair.yaml");
}

struct Whole {
  Cycles cycles = 0;
  std::uint64_t d2d_bits = 0, macs = 0, flits = 0, eow = 0, late = 0, writes = 0;
};

Whole run(const Config& c, const LayerTable& table, std::size_t stages = ~std::size_t{0}) {
  SnapCore core(c, table);
  Whole sum;
  while (!core.is_finished() && stages-- > 0) {
    const StageResult r = core.run_stage();
    sum.cycles += r.cycles, sum.d2d_bits += r.d2d_wire_bits, sum.macs += r.macs, sum.flits += r.noc.buffer_writes;
    sum.eow += r.eow_packets, sum.late += r.late_spikes, sum.writes += r.value_writes;
  }
  return sum;
}

double paper_cycles(const Config& c, const LayerTable& table) {
  double sum = 0;
  for (const PaperStage& stage : paper_timing(c, table)) sum += stage.cycles(c.overlap);
  return sum;
}

/// Latency of ann over that of hnn for the crossing stage, which the link bounds.
double gain(Config c, double steps_times_rate, unsigned tokens = 200) {
  c.sample_tokens = 0;
  c.boundary.rate = steps_times_rate / c.steps();
  Config dense = c;
  dense.mode = Mode::ann;
  const LayerTable table = crossing(tokens);
  return static_cast<double>(run(dense, table, 1).cycles) / static_cast<double>(run(c, table, 1).cycles);
}

}  // namespace

TEST_CASE("chiplet.A5 the link-bound gain is ceil(b/8) / (T p), with the end-of-window term where windows say so", "[chiplet]") {
  for (const auto close : {WindowClose::timer, WindowClose::eow})
    for (const double tp : {0.0658, 0.189, 0.641, 1.5}) {
      Config c = package(2, 1, 1, Mode::hnn);
      c.close = close;
      const double eow = close == WindowClose::eow ? 1.0 / 256 : 0;
      INFO("T p " << tp << (close == WindowClose::eow ? " eow" : " timer"));
      CHECK(gain(c, tp) == Approx(1 / (tp + eow)).epsilon(0.05));
    }
  Config c = package(2, 1, 1, Mode::hnn);
  c.close = WindowClose::timer;
  CHECK(gain(c, 0.0658) == Approx(15.2).epsilon(0.05));
  for (const unsigned bits : {16U, 32U}) {  // the same ratio needs more spikes for wider activations
    c.act_bits = bits;
    CHECK(gain(c, 0.0658 * bits / 8, 100) == Approx(15.2).epsilon(0.05));
  }
  c.act_bits = 8;
  c.d2d.fixed_slot = false;  // spikes of 30 bits against 38
  CHECK(gain(c, 0.189) == Approx(38.0 / 30 / 0.189).epsilon(0.05));
}

TEST_CASE("chiplet.A6 the energy gain follows the share of the links and what they save", "[chiplet]") {
  CHECK(share_for_energy_gain(5.3, 15.2) == Approx(0.868).margin(0.001));
  CHECK(share_for_energy_gain(5.3, 8) == Approx(0.927).margin(0.001));
  CHECK(share_for_energy_gain(5.3, 10) == Approx(0.901).margin(0.001));
  CHECK(share_for_energy_gain(5.3, 20) == Approx(0.854).margin(0.001));
  CHECK(share_for_energy_gain(5.3, 50) == Approx(0.828).margin(0.001));
  CHECK(share_for_energy_gain(5.3, 1e12) == Approx(0.811).margin(0.001));
  CHECK(share_for_energy_gain(1.34, 15.2) == Approx(0.272).margin(0.001));
  CHECK(share_for_energy_gain(1.34, 4) == Approx(0.338).margin(0.001));
  CHECK(share_for_energy_gain(1.34, 1.56) == Approx(0.707).margin(0.001));
  // On counted events: the link's price is set so that it takes 86.8 % of the dense run's energy.
  Config c = package(2, 1, 1, Mode::hnn);
  c.close = WindowClose::timer;
  c.sample_tokens = 0;
  c.boundary.rate = 0.0658 / 8;
  const LayerTable table = crossing(200);
  const Whole coded = run(c, table);
  c.mode = Mode::ann;
  const Whole dense = run(c, table);
  const auto other = [](const Whole& w) { return 0.37 * static_cast<double>(w.macs) + 0.01 * static_cast<double>(w.flits); };
  const double traffic = static_cast<double>(dense.d2d_bits) / static_cast<double>(coded.d2d_bits);
  const double price = 0.868 / (1 - 0.868) * other(dense) / static_cast<double>(dense.d2d_bits);
  const double measured =
      (other(dense) + price * static_cast<double>(dense.d2d_bits)) / (other(coded) + price * static_cast<double>(coded.d2d_bits));
  CHECK(measured == Approx(energy_gain(0.868, traffic)).epsilon(0.01));
  CHECK(measured == Approx(5.3).epsilon(0.05));
}

TEST_CASE("chiplet.A7 the gain falls with the spike rate, grows with activation bits and chips, and is 1 at T p = ceil(b/8)", "[chiplet]") {
  Config c = package(2, 1, 1, Mode::hnn);
  c.close = WindowClose::timer;
  double last = 1e9;
  for (const double tp : {0.0658, 0.1, 0.3, 0.6, 1.0, 2.0}) {
    const double now = gain(c, tp, 60);
    CHECK(now < last);
    last = now;
  }
  CHECK(gain(c, 1.0) == Approx(1.0).epsilon(0.05));
  last = 0;
  for (const unsigned bits : {8U, 16U, 32U}) {
    c.act_bits = bits;
    const double now = gain(c, 0.3, 40);
    CHECK(now > last);
    last = now;
  }
  c.act_bits = 16;
  CHECK(gain(c, 2.0, 100) == Approx(1.0).epsilon(0.05));
  // Whole networks, closed form: it does not fall with the model's size, nor with the number of chips it is cut over.
  const auto whole = [](const char* name, unsigned chips, unsigned side) {
    Config hybrid = package(chips, chips, side, Mode::hnn), dense = package(chips, chips, side, Mode::ann);
    const LayerTable table = network(name);
    return paper_cycles(dense, table) / paper_cycles(hybrid, table);
  };
  CHECK(whole("rwkv_12x768", 6, 8) >= whole("rwkv_6x512", 6, 8));
  CHECK(whole("rwkv_6x512", 6, 4) >= whole("rwkv_6x512", 3, 8));
}

TEST_CASE("chiplet.A8 hybrid wins where links bind, dense where they do not, and spiking never", "[chiplet]") {
  const LayerTable table = network("rwkv_6x512");
  const auto cycles = [&](Mode mode, LinkKind kind) {
    Config c = package(3, 2, 8, mode);
    c.d2d.kind = kind;
    return run(c, table).cycles;
  };
  const Cycles ann = cycles(Mode::ann, LinkKind::emio_serial), hnn = cycles(Mode::hnn, LinkKind::emio_serial),
               snn = cycles(Mode::snn, LinkKind::emio_serial);
  CHECK(hnn < ann);
  CHECK(hnn < snn);
  const Cycles free_ann = cycles(Mode::ann, LinkKind::parallel), free_hnn = cycles(Mode::hnn, LinkKind::parallel),
               free_snn = cycles(Mode::snn, LinkKind::parallel);
  CHECK(free_ann <= free_hnn);
  CHECK(free_hnn <= free_snn);
}

TEST_CASE("chiplet.A8 with free links hybrid takes a conversion longer than dense", "[chiplet]") {
  // One token: its 256 values are converted, cross, and are sent on; all the rest is the same.
  Config c = package(2, 1, 1, Mode::hnn);
  c.d2d.kind = LinkKind::parallel;
  const LayerTable table = crossing(1);
  const Cycles hnn = run(c, table, 1).cycles;
  c.mode = Mode::ann;
  const Cycles ann = run(c, table, 1).cycles;
  // Conversion 256; then 256 values leave the receiver's edge, one per cycle, in place of those that came over the link.
  CHECK(hnn - ann >= c.convert_cycles());
  CHECK(hnn - ann <= c.convert_cycles() + 256 + 16);
}

namespace {

/// Tile timing against the closed form with links that do not bind.
void agree(const char* name, unsigned chips) {
  const LayerTable table = network(name);
  for (const Mode mode : {Mode::ann, Mode::hnn, Mode::snn}) {
    Config c = package(chips, chips, 8, mode);
    c.d2d.kind = LinkKind::parallel;
    c.sample_tokens = 4;
    INFO(name << " mode " << static_cast<int>(mode));
    CHECK(static_cast<double>(run(c, table).cycles) == Approx(paper_cycles(c, table)).epsilon(0.05));
  }
}

}  // namespace

TEST_CASE("chiplet.A12 tile timing equals the closed form on rwkv_6x512", "[chiplet]") { agree("rwkv_6x512", 4); }
TEST_CASE("chiplet.A12 tile timing equals the closed form on ms_resnet18", "[chiplet]") { agree("ms_resnet18", 2); }
TEST_CASE("chiplet.A12 tile timing equals the closed form on efficientnet_b4", "[chiplet]") { agree("efficientnet_b4", 4); }

TEST_CASE("end-of-window packets are one per stream and window, and a timer needs none but lets spikes come late", "[chiplet]") {
  Config c = package(2, 1, 1, Mode::hnn);
  c.sample_tokens = 0;
  c.boundary.rate = 0.25;
  CHECK(run(c, crossing(20), 1).eow == 20);
  c.close = WindowClose::timer;
  const Whole timed = run(c, crossing(20), 1);
  CHECK(timed.eow == 0);
  CHECK(timed.late > 0);
  CHECK(timed.writes == 20 * 256);
}

TEST_CASE("a tree crosses each edge once, bursts share a header, balanced evens out the work", "[chiplet]") {
  const LayerTable table = network("rwkv_6x512");
  Config c = package(3, 2, 8, Mode::ann);
  const Whole single = run(c, table);
  c.multicast = Multicast::tree;
  const Whole tree = run(c, table);
  CHECK(tree.d2d_bits < single.d2d_bits / 2);
  CHECK(tree.writes == single.writes);
  c.multicast = Multicast::source;
  c.packing = ActPacking::burst;
  const Whole burst = run(c, table);
  CHECK(static_cast<double>(single.d2d_bits) / static_cast<double>(burst.d2d_bits) > 3);
  CHECK(static_cast<double>(single.d2d_bits) / static_cast<double>(burst.d2d_bits) < 4.76);
  c.packing = ActPacking::single;
  const LayerTable resnet = network("ms_resnet18");
  c = package(3, 3, 8, Mode::ann);
  const auto most = [&](Partition partition) {
    c.partition = partition;
    const std::vector<std::uint64_t> macs = place(c, resnet).macs_by_chip;
    return *std::max_element(macs.begin(), macs.end());
  };
  CHECK(most(Partition::balanced) < most(Partition::contiguous));
}
