// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include <snnvp/models/pi2/fabric.h>
#include <snnvp/models/pi2/network.h>
#include <snnvp/workloads/frames/inner_product.h>

using namespace snnvp;
using namespace snnvp::pi2;

namespace {

/// 784-50-10 or smaller, calibrated on its own inputs.
struct Rig {
  Network network;
  std::vector<std::vector<double>> samples;

  Rig(std::uint32_t in, std::uint32_t hidden, std::uint32_t out, std::uint32_t k1, std::uint32_t k2, int count = 3) : network(settings()) {
    SplitMix random(21);
    std::vector<Pi2LayerRequest> layers(2);
    layers[0].in_channels = in, layers[0].out_channels = hidden, layers[0].k = k1;
    layers[1].in_channels = hidden, layers[1].out_channels = out, layers[1].k = k2;
    layers[0].weights = normal_weights(random, in, hidden, 0.05);
    layers[1].weights = normal_weights(random, hidden, out, 0.01);
    for (Pi2LayerRequest& l : layers) l.weight_bits = 4;
    network.set_layers(layers, 1, 1);
    for (int i = 0; i < count; ++i) samples.push_back(sparse_inputs(random, in, 0.8));
    network.calibrate(samples);
  }
  static NetworkSettings settings() {
    NetworkSettings s;
    s.rules.timeout = 20;
    return s;
  }
  Fabric fabric(const FabricSettings& settings) const { return Fabric(settings, network.build(false)); }
};

FabricSettings in_mode(Timing timing, Picoseconds unit = 1'100'000'000, unsigned ports = 64) {
  FabricSettings s;
  s.timing = timing;
  s.time_unit = unit;
  s.ports = ports;
  return s;
}

struct Sent {
  std::uint32_t neuron;
  bool minus;
  Picoseconds at;
  double u;
};

std::vector<Sent> frames_of(const std::vector<double>& x, Picoseconds unit) {
  std::vector<Sent> frames;
  const ArrivalTimes times = encode_all(x, 1);
  for (std::uint32_t f = 0; f < times.size(); ++f)
    frames.push_back({f / 2, f % 2 != 0, static_cast<Picoseconds>(std::llround(times[f] * static_cast<double>(unit))), times[f]});
  std::stable_sort(frames.begin(), frames.end(), [](const Sent& a, const Sent& b) { return a.at < b.at; });
  return frames;
}

/// d y of each output, from the frames that leave.
std::map<std::uint32_t, double> run(Fabric& fabric, const std::vector<double>& x, bool all_known,
                                    std::vector<EgressFrame>* frames = nullptr) {
  std::vector<EgressFrame> out;
  fabric.open(0, 0);
  for (const Sent& f : frames_of(x, fabric.settings().time_unit)) {
    if (!all_known)
      for (Picoseconds next = fabric.next_event(); next < f.at; next = fabric.next_event()) fabric.advance(next, out);
    REQUIRE(fabric.arrive(0, f.neuron, f.minus, 0, f.neuron % fabric.settings().ports, f.at, f.u));
  }
  for (Picoseconds next = fabric.next_event(); next != not_scheduled; next = fabric.next_event()) fabric.advance(next, out);
  CHECK(fabric.is_idle());
  std::map<std::uint32_t, double> values;
  for (const EgressFrame& f : out) values[f.neuron] += (f.minus ? -0.5 : 0.5) * f.ideal;
  if (frames) *frames = out;
  return values;
}

}  // namespace

TEST_CASE("pi2 a window known ahead and the same window frame by frame give the same values, times and counts, in every timing") {
  const Rig rig(60, 14, 5, 12, 6);
  for (const Timing timing : {Timing::ideal, Timing::link, Timing::full})
    for (const auto& x : rig.samples) {
      Fabric whole = rig.fabric(in_mode(timing)), stepwise = rig.fabric(in_mode(timing));
      std::vector<EgressFrame> a, b;
      const auto v = run(whole, x, true, &a), w = run(stepwise, x, false, &b);
      REQUIRE(v.size() == 5);
      for (const auto& [neuron, value] : v) REQUIRE(w.at(neuron) == Approx(value).margin(1e-9));
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].neuron == b[i].neuron);
        CHECK(std::llabs(static_cast<long long>(a[i].at) - static_cast<long long>(b[i].at)) <= 2);
      }
      for (std::size_t l = 0; l < 2; ++l) {
        CHECK(whole.layer(l).totals().insertions == stepwise.layer(l).totals().insertions);
        CHECK(whole.layer(l).totals().accepted == stepwise.layer(l).totals().accepted);
        CHECK(whole.layer(l).totals().frames_in == stepwise.layer(l).totals().frames_in);
        CHECK(whole.layer(l).totals().frames_out == stepwise.layer(l).totals().frames_out);
      }
    }
}

TEST_CASE("pi2 ideal timing is the closed form of the network, frames never leave before both neurons have fired") {
  const Rig rig(784, 50, 10, 140, 16);
  for (const auto& x : rig.samples) {
    Fabric fabric = rig.fabric(in_mode(Timing::ideal));
    const auto v = run(fabric, x, true);
    const std::vector<double> expected = rig.network.values(x).back();
    for (std::size_t j = 0; j < 10; ++j) CHECK(v.at(static_cast<std::uint32_t>(j)) == Approx(expected[j]).margin(1e-12));
  }
}

TEST_CASE("pi2.B5 totals of the published network, layer by layer and conserved") {
  const Rig rig(784, 50, 10, 140, 16, 1);
  for (const Timing timing : {Timing::ideal, Timing::link, Timing::full}) {
    Fabric fabric = rig.fabric(in_mode(timing));
    run(fabric, rig.samples[0], true);
    EventTotals t;
    for (std::size_t l = 0; l < 2; ++l) t += fabric.layer(l).totals();
    CHECK(t.frames_in == 1668);
    CHECK(t.insertions == 158800);
    CHECK(t.accepted == 14320);
    CHECK(t.dropped == 144480);
    CHECK(t.frames_out == 120);
    CHECK(t.causality_violations == 0);
  }
}

TEST_CASE("pi2.B9 the order error of link timing falls as the time unit grows, and ideal timing is its limit") {
  const Rig rig(784, 50, 10, 140, 16, 1);
  double last = never;
  for (const Picoseconds unit :
       {Picoseconds{20'000'000}, Picoseconds{200'000'000}, Picoseconds{2'000'000'000}, Picoseconds{20'000'000'000}}) {
    Fabric fabric = rig.fabric(in_mode(Timing::link, unit, 1));
    run(fabric, rig.samples[0], true);
    const Distortion& d = fabric.distortion();
    const double error = d.error_sum / static_cast<double>(d.queues);
    UNSCOPED_INFO("unit " << unit << " ps: " << error << " u, disagreement "
                          << static_cast<double>(d.disagreeing) / static_cast<double>(d.accepted));
    CHECK(error < last);
    last = error;
    CHECK(d.frames == 1668);
  }
  CHECK(last < 1e-4);
  Fabric exact = rig.fabric(in_mode(Timing::link, Picoseconds{1'000'000'000'000'000}, 64)), ideal = rig.fabric(in_mode(Timing::ideal));
  const auto a = run(exact, rig.samples[0], true), b = run(ideal, rig.samples[0], true);
  for (const auto& [neuron, value] : b) CHECK(a.at(neuron) == Approx(value).margin(1e-7));
}

TEST_CASE("pi2 loss takes frames or pairs, seeded, and nothing else: neurons then fire with fewer events or time out") {
  const Rig rig(100, 10, 4, 20, 5, 1);
  for (const bool pairs : {false, true}) {
    FabricSettings s = in_mode(Timing::ideal);
    s.loss = 0.2;
    s.loss_of_pairs = pairs;
    Fabric a = rig.fabric(s), b = rig.fabric(s);
    const auto va = run(a, rig.samples[0], true), vb = run(b, rig.samples[0], false);
    const EventTotals t = a.layer(0).totals();
    CHECK(t.lost > 20);
    CHECK(t.lost < 60);
    CHECK(t.frames_in + t.lost == 200);
    CHECK(t.insertions == 20 * t.frames_in);
    if (pairs) CHECK(t.lost % 2 == 0);
    for (const auto& [neuron, value] : va) CHECK(vb.at(neuron) == Approx(value).margin(1e-9));
    s.seed = 2;
    Fabric other = rig.fabric(s);
    const auto vo = run(other, rig.samples[0], true);
    CHECK(vo != va);
  }
}

TEST_CASE("pi2 a clock error moves all firing times of a switch alike and leaves the values alone") {
  const Rig rig(100, 10, 4, 20, 5, 1);
  FabricSettings s = in_mode(Timing::full);
  Fabric exact = rig.fabric(s);
  s.clock_offset = 0.01;
  Fabric ahead = rig.fabric(s);
  const auto a = run(exact, rig.samples[0], true), b = run(ahead, rig.samples[0], true);
  for (const auto& [neuron, value] : a) CHECK(b.at(neuron) == Approx(value).margin(1e-3));
}

TEST_CASE("pi2 late, repeated and foreign frames change nothing") {
  const Rig rig(20, 5, 3, 8, 3, 1);
  Fabric fabric = rig.fabric(in_mode(Timing::ideal));
  CHECK_FALSE(fabric.arrive(2, 0, false, 0, 0, 0, std::nullopt));
  CHECK_FALSE(fabric.arrive(0, 20, false, 0, 0, 0, std::nullopt));
  run(fabric, rig.samples[0], true);
  const EventTotals before = fabric.layer(0).totals();
  CHECK(fabric.arrive(0, 3, false, 0, 0, 5'000'000'000'000, std::nullopt));  // its window is over
  CHECK(fabric.late_frames() == 1);
  CHECK(fabric.next_event() == not_scheduled);
  fabric.open(1, 6'000'000'000'000);
  CHECK(fabric.arrive(0, 3, false, 1, 0, 6'000'000'000'000, 0.0));
  CHECK(fabric.arrive(0, 3, false, 1, 0, 6'000'000'000'000, 0.0));
  CHECK(fabric.late_frames() == 2);
  CHECK(fabric.layer(0).totals().insertions == before.insertions);
}
