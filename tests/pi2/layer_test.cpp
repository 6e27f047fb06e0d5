// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include <snnvp/models/pi2/calibration.h>
#include <snnvp/models/pi2/layer.h>
#include <snnvp/workloads/frames/inner_product.h>

using namespace snnvp::pi2;

namespace {

LayerShape fc(std::uint32_t in, std::uint32_t out) {
  LayerShape s;
  s.in_channels = in;
  s.out_channels = out;
  return s;
}

LayerShape conv(std::uint32_t in, std::uint32_t side, std::uint32_t kernel, std::uint32_t padding, std::uint32_t out,
                std::uint32_t stride = 1) {
  LayerShape s;
  s.is_conv = true;
  s.in_channels = in;
  s.in_height = s.in_width = side;
  s.kernel = kernel;
  s.padding = padding;
  s.stride = stride;
  s.out_channels = out;
  return s;
}

ArrivalTimes arrivals_of(const std::vector<double>& x, double offset) {
  ArrivalTimes times;
  for (const double v : x) {
    const TimePair t = encode(v, offset);
    times.push_back(t.plus);
    times.push_back(t.minus);
  }
  return times;
}

struct Setup {
  LayerSetup layer;
  std::vector<double> weights;
};

Setup random_layer(const LayerShape& shape, std::uint32_t k, SplitMix& random, WeightCode code = WeightCode::one_sided, double std = 0.2) {
  Setup s;
  s.weights = normal_weights(random, shape.fan_in(), shape.out_channels, std);
  s.layer.shape = shape;
  s.layer.synapses = SynapseTable(code, shape.fan_in(), shape.out_channels, s.weights);
  s.layer.rules.k = k;
  s.layer.rules.threshold = k * 2.0;  // valid for every case here: events lie within [0, 8], K-th times early
  s.layer.rules.timeout = 100;
  return s;
}

/// y of every output by the closed form, sharing nothing but the coding functions with the layer.
std::vector<double> closed_form(const Setup& s, WeightCode code, const std::vector<double>& x, std::uint32_t k) {
  const LayerShape& shape = s.layer.shape;
  std::vector<double> y(shape.outputs());
  const auto value_at = [&](int c, int row, int column) {
    if (row < 0 || column < 0 || row >= static_cast<int>(shape.in_height) || column >= static_cast<int>(shape.in_width)) return 0.0;
    return x[static_cast<std::size_t>((c * static_cast<int>(shape.in_height) + row) * static_cast<int>(shape.in_width) + column)];
  };
  for (std::uint32_t o = 0; o < shape.out_channels; ++o)
    for (std::uint32_t p = 0; p < shape.pixels(); ++p) {
      std::vector<double> plus, minus;
      std::size_t tap = 0;
      const int kernel = shape.is_conv ? static_cast<int>(shape.kernel) : 1;
      for (int c = 0; c < static_cast<int>(shape.in_channels); ++c)
        for (int ky = 0; ky < kernel; ++ky)
          for (int kx = 0; kx < kernel; ++kx, ++tap) {
            const int row = static_cast<int>(p / shape.out_width() * shape.stride) + ky - static_cast<int>(shape.padding);
            const int column = static_cast<int>(p % shape.out_width() * shape.stride) + kx - static_cast<int>(shape.padding);
            const TimePair t = encode(value_at(c, row, column), s.layer.offset_in),
                           d = delays_of(code, s.weights[tap * shape.out_channels + o]);
            plus.push_back(t.plus + d.plus), plus.push_back(t.minus + d.minus);
            minus.push_back(t.plus + d.minus), minus.push_back(t.minus + d.plus);
          }
      std::sort(plus.begin(), plus.end()), std::sort(minus.begin(), minus.end());
      double a = 0, b = 0;
      for (std::uint32_t i = 0; i < k; ++i) a += plus[i], b += minus[i];
      y[o * shape.pixels() + p] = relu((b - a) / k);
    }
  return y;
}

}  // namespace

TEST_CASE("pi2.B4 the golden neurons of the published digit come out to 1e-4, and the frames they lead to to 5e-4") {
  const std::vector<double> arrivals{2.9207, 3.0252, 2.7418, 2.7726, 2.9233, 3.0191, 3.0516, 3.0417,
                                     2.8022, 3.0460, 2.8184, 2.8061, 2.8297, 2.5582, 2.7522, 3.0556};
  const std::vector<int> levels{1, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0, 2, 2, 3, 2, 0};
  const double shift = 0.0344086, unit = 0.1117413, mk = 0.4695003;
  // As Z- of a layer: plus frames through d-, so that weights are -level.
  const auto fire = [&](const std::vector<double>& times, const std::vector<int>& steps, double& latest, double& mean) {
    std::vector<std::int16_t> weights;
    for (const int level : steps) weights.push_back(static_cast<std::int16_t>(-level));
    const SynapseTable table(WeightCode::one_sided, 16, 1, weights, unit);
    BankRules rules;
    rules.k = 16;
    rules.threshold = 16 * mk;
    NeuronBank bank(table, rules, 0, 1);
    std::vector<ArrivingFrame> frames;
    for (std::uint32_t i = 0; i < 16; ++i) frames.push_back({times[i] + shift, i, false});
    bank.arrive(frames.data(), frames.size());
    latest = bank.latest(1);
    mean = bank.mean(1);
    bank.close();
    return bank.minus(0).time;
  };
  double latest = 0, mean = 0;
  const double t_minus = fire(arrivals, levels, latest, mean);
  CHECK(mean == Approx(3.02444).margin(1e-4));
  CHECK(latest == Approx(3.0900).margin(1e-4));
  CHECK(t_minus == Approx(3.4939).margin(1e-4));

  const PairUnit pair{4.1095, 4.6, 0, 1, true};
  const double y = pair.value(3.30635, t_minus);  // T+ as the listed inputs give it (decision 43)
  CHECK(y == Approx(0.1876).margin(1e-4));
  CHECK(pair.scale_d * y == Approx(0.7709).margin(5e-4));
  CHECK(pair.ideal(y).plus == Approx(5.3709).margin(5e-4));
  CHECK(pair.ideal(y).minus == Approx(3.8291).margin(5e-4));

  const std::vector<double> other{2.7813, 2.7831, 2.7418, 3.0191, 3.0516, 2.9260, 2.8022, 3.0460,
                                  2.8678, 2.8184, 2.8061, 2.5582, 2.6571, 2.8293, 2.7522, 2.8297};
  CHECK(fire(other, {0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2}, latest, mean) == Approx(3.3542).margin(1e-4));
}

TEST_CASE("pi2.B4 calibration gives the consistency equations of the published table") {
  // max y = inp_scale/(2 d) with min y = 0, and Toff' = max T + inp_scale/2.
  CHECK(2.5 / (2 * 14.225) == Approx(0.08787).margin(1e-5));
  CHECK(2.1 / (2 * 4.1095) == Approx(0.25551).margin(1e-5));
  CHECK(1.8844 + 2.5 / 2 == Approx(3.1344).margin(1e-4));
  CHECK(3.5990 + 2.1 / 2 == Approx(4.6490).margin(1e-4));

  SplitMix random(11);
  Setup s = random_layer(fc(60, 12), 20, random);
  Layer layer(s.layer);
  std::vector<ArrivalTimes> windows;
  for (int i = 0; i < 30; ++i) windows.push_back(arrivals_of(sparse_inputs(random, 60, 0.5), 1));
  const Calibration c = calibrate(layer, windows, 2.5);
  CHECK(c.smallest_y == 0);
  CHECK(c.scale_d * c.largest_y == Approx(2.5 / 2).epsilon(1e-12));
  CHECK(c.offset_out == Approx(c.largest_fire + 1.25).epsilon(1e-12));
  CHECK(c.smallest_fire == Approx(c.latest).epsilon(1e-12));  // every T is at or after the latest K-th event

  // With these values no neuron fires early, no frame is late, none clips on the same samples.
  layer.setup().rules.threshold = 20 * c.mk;
  layer.setup().pair = {c.scale_d, c.offset_out, 0, 1, true};
  double earliest = never, latest = 0;
  for (std::size_t i = 0; i < windows.size(); ++i)
    for (const LayerOutput& out : layer.run(windows[i], i)) {
      earliest = std::min(earliest, out.ideal.minus);
      latest = std::max(latest, out.ideal.plus);
    }
  CHECK(layer.totals().causality_violations == 0);
  CHECK(layer.totals().pair_late == 0);
  CHECK(layer.totals().saturated == 0);
  CHECK(latest - earliest == Approx(2.5).epsilon(1e-12));
  CHECK(earliest == Approx(c.largest_fire).epsilon(1e-12));

  const Calibration first_spike = [&] {
    Setup one = random_layer(fc(60, 12), 1, random);
    return calibrate(Layer(one.layer), windows, 2.5);
  }();
  CHECK(first_spike.mk == 0);
}

TEST_CASE("pi2.B4 quantisation is symmetric, half to even, and at most 8 distinct delays per sign at 4 bit") {
  const Quantised q = quantise({0.7, -0.35, 0.05, -0.7, 0.15, 0}, 4);
  CHECK(q.levels == std::vector<std::int16_t>{7, -4, 0, -7, 2, 0});  // -3.5 and 0.5, 1.5 to even
  CHECK(q.unit == Approx(0.1));
  CHECK(1 / 9.5063 == Approx(0.105193).margin(1e-6));
  CHECK(14.225 / 127.3030 == Approx(0.111742).margin(1e-6));
}

TEST_CASE("pi2.B5 event counts of the published layers are exact, by formula and by simulation") {
  struct Row {
    const char* what;
    LayerShape shape;
    std::uint32_t k;
    std::uint64_t frames_in, insertions, accepted, dropped, frames_out;
  };
  const std::vector<Row> rows{
      {"784-50-10, 1", fc(784, 50), 140, 1568, 156800, 14000, 142800, 100},
      {"784-50-10, 2", fc(50, 10), 16, 100, 2000, 320, 1680, 20},
      {"784-500-10, 1", fc(784, 500), 1, 1568, 1568000, 1000, 1567000, 1000},
      {"784-500-10, 2", fc(500, 10), 30, 1000, 20000, 600, 19400, 20},
      {"lenet conv1", conv(1, 28, 5, 0, 6), 12, 1568, 345600, 82944, 262656, 6912},
      {"lenet conv2", conv(6, 12, 5, 0, 16), 50, 1728, 614400, 102400, 512000, 2048},
      {"lenet fc1", fc(256, 120), 85, 512, 122880, 20400, 102480, 240},
      {"lenet fc2", fc(120, 84), 25, 240, 40320, 4200, 36120, 168},
      {"lenet fc3", fc(84, 10), 75, 168, 3360, 1500, 1860, 20},
  };
  SplitMix random(12);
  for (const Row& row : rows) {
    INFO(row.what);
    Setup s = random_layer(row.shape, row.k, random);
    Layer layer(s.layer);
    layer.run(arrivals_of(sparse_inputs(random, row.shape.inputs(), 0.8), 1), 0);
    for (const EventTotals& t : {analytic_counts(row.shape, row.k), layer.totals()}) {
      CHECK(t.frames_in == row.frames_in);
      CHECK(t.insertions == row.insertions);
      CHECK(t.accepted == row.accepted);
      CHECK(t.dropped == row.dropped);
      CHECK(t.frames_out == row.frames_out);
    }
    CHECK(layer.totals().causality_violations == 0);
  }
}

TEST_CASE("pi2.B5 the nine layers of ResNet9 add up to the published counts, padding included") {
  const std::vector<std::pair<LayerShape, std::uint32_t>> layers{
      {conv(3, 32, 3, 1, 64), 16},    {conv(64, 32, 3, 1, 128), 50},  {conv(128, 16, 3, 1, 128), 35},
      {conv(128, 16, 3, 1, 128), 35}, {conv(128, 16, 3, 1, 256), 60}, {conv(256, 8, 3, 1, 512), 70},
      {conv(512, 4, 3, 1, 512), 80},  {conv(512, 4, 3, 1, 512), 200}, {fc(512, 10), 50}};
  EventTotals sum;
  for (const auto& [shape, k] : layers) sum += analytic_counts(shape, k);
  CHECK(sum.insertions == 1517047808);
  CHECK(sum.accepted == 36832232);
  CHECK(sum.dropped == 1480215576);
  CHECK(sum.frames_in == 400384);
  CHECK(sum.frames_out == 753684);
}

TEST_CASE("pi2.B5 a convolution equals its closed form at every pixel, padding and stride included, and its counts the formula") {
  SplitMix random(13);
  for (const auto& [shape, k] :
       {std::pair{conv(2, 9, 3, 1, 4), 7u}, std::pair{conv(3, 8, 3, 2, 5, 2), 11u}, std::pair{conv(1, 7, 5, 0, 3), 50u}}) {
    Setup s = random_layer(shape, k, random);
    s.layer.rules.threshold = k * 5.0;
    const std::vector<double> x = sparse_inputs(random, shape.inputs(), 0.5);
    const ArrivalTimes times = arrivals_of(x, 1);
    Layer layer(s.layer), stepwise(s.layer);
    const std::vector<LayerOutput> out = layer.run(times, 0);
    const std::vector<double> expected = closed_form(s, WeightCode::one_sided, x, k);
    for (std::size_t j = 0; j < out.size(); ++j) REQUIRE(out[j].value == Approx(expected[j]).margin(1e-12));
    const EventTotals formula = analytic_counts(shape, k);
    CHECK(layer.totals().insertions == formula.insertions);
    CHECK(layer.totals().padding == formula.padding);
    CHECK(layer.totals().accepted == formula.accepted);

    // Frame by frame as time goes on: the same result.
    std::vector<ArrivingFrame> frames;
    for (std::uint32_t f = 0; f < times.size(); ++f) frames.push_back({times[f], f / 2, f % 2 != 0});
    std::sort(frames.begin(), frames.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
    stepwise.start(0);
    std::vector<LayerOutput> steps;
    for (const ArrivingFrame& frame : frames) {
      while (stepwise.next_fire() < frame.time) stepwise.settle(stepwise.next_fire() + 1e-9, steps);
      stepwise.arrive(frame);
    }
    stepwise.close(steps);
    REQUIRE(steps.size() == out.size());
    for (const LayerOutput& o : steps) REQUIRE(o.value == Approx(out[o.neuron].value).margin(1e-12));
    CHECK(stepwise.totals().accepted == layer.totals().accepted);
    CHECK(stepwise.totals().insertions == layer.totals().insertions);
    CHECK(stepwise.totals().frames_in == layer.totals().frames_in);
    CHECK(stepwise.totals().frames_out == layer.totals().frames_out);
  }
}

TEST_CASE("pi2.B6 correlation with the inner product rises to one peak near K = 100, then falls and flattens, K y is constant there") {
  SplitMix random(42);
  const std::vector<double> weights = normal_weights(random, 784, 50, 0.05);
  std::vector<std::vector<double>> samples;
  for (int i = 0; i < 100; ++i) samples.push_back(sparse_inputs(random, 784, 0.81));
  const SynapseTable table(WeightCode::one_sided, 784, 50, weights);
  const auto y_of = [&](const std::vector<double>& x, std::uint32_t k) {
    BankRules rules;
    rules.k = k;
    NeuronBank bank(table, rules, 0, 50);
    std::vector<ArrivingFrame> frames;
    const ArrivalTimes times = arrivals_of(x, 1);
    for (std::uint32_t f = 0; f < times.size(); ++f) frames.push_back({times[f], f / 2, f % 2 != 0});
    bank.arrive(frames.data(), frames.size());
    std::vector<double> y;
    for (std::uint32_t j = 0; j < 50; ++j) y.push_back(bank.mean(50 + j) - bank.mean(j));
    return y;
  };
  std::vector<std::pair<std::uint32_t, double>> curve;
  for (const std::uint32_t k : {1u, 10u, 25u, 50u, 75u, 100u, 125u, 150u, 200u, 300u, 600u}) {
    double sum = 0;
    for (const auto& x : samples) sum += pearson(y_of(x, k), inner_product(weights, 50, x));
    curve.push_back({k, sum / 100});
    UNSCOPED_INFO("K " << k << ": " << sum / 100);
  }
  const auto peak = std::max_element(curve.begin(), curve.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  CHECK(peak->first >= 75);
  CHECK(peak->first <= 125);
  for (auto at = curve.begin(); at + 1 != curve.end() && at != peak; ++at) CHECK(at->second < (at + 1)->second);
  for (auto at = peak; at + 1 != curve.end(); ++at) CHECK(at->second >= (at + 1)->second - 1e-9);
  CHECK(curve.end()[-1].second == Approx(curve.end()[-3].second).margin(1e-9));  // flat from 200 on
  CHECK(peak->second > curve.back().second + 0.01);
  for (const auto& x : samples) {
    const std::vector<double> a = y_of(x, 200), b = y_of(x, 600);
    for (std::size_t j = 0; j < 50; ++j) REQUIRE(200 * a[j] == Approx(600 * b[j]).margin(1e-9));
  }
}

TEST_CASE("pi2.B12 a shift of all arrivals moves T alone, a scale of values and weights multiplies y, in all three codes") {
  SplitMix random(14);
  for (const WeightCode code : {WeightCode::one_sided, WeightCode::offset3, WeightCode::temp_half}) {
    for (int i = 0; i < 20; ++i) {
      Setup s = random_layer(fc(40, 9), 15, random, code, 0.3);
      s.layer.rules.threshold = 15 * 8.0;
      s.layer.pair.rectify = false;
      const std::vector<double> x = sparse_inputs(random, 40, 0.3);
      const auto run = [&](const LayerSetup& setup, const ArrivalTimes& times) { return Layer(setup).run(times, 0); };
      ArrivalTimes times = arrivals_of(x, 1);
      const std::vector<LayerOutput> base = run(s.layer, times);
      for (double& t : times) t += 0.625;
      const std::vector<LayerOutput> shifted = run(s.layer, times);
      std::vector<double> half_x = x, half_w = s.weights;
      for (double& v : half_x) v *= 0.4;
      for (double& w : half_w) w *= 0.4;
      LayerSetup scaled = s.layer;
      scaled.synapses = SynapseTable(code, 40, 9, half_w);
      const std::vector<LayerOutput> smaller = run(scaled, arrivals_of(half_x, 1));
      for (std::size_t j = 0; j < base.size(); ++j) {
        REQUIRE(shifted[j].value == Approx(base[j].value).margin(1e-12));
        REQUIRE(shifted[j].fired == Approx(base[j].fired + 0.625).margin(1e-12));
        REQUIRE(smaller[j].value == Approx(0.4 * base[j].value).margin(1e-12));
      }
      const std::vector<double> expected = closed_form(s, code, x, 15);
      for (std::size_t j = 0; j < base.size(); ++j) REQUIRE(relu(base[j].value) == Approx(expected[j]).margin(1e-12));
      // TEMP: gamma scales too.
      LayerSetup temp = s.layer, small_temp = scaled;
      temp.rules.model = small_temp.rules.model = NeuronModel::temp;
      temp.rules.threshold = 5;
      small_temp.rules.threshold = 2;
      const std::vector<LayerOutput> t1 = run(temp, arrivals_of(x, 1)), t2 = run(small_temp, arrivals_of(half_x, 1));
      for (std::size_t j = 0; j < base.size(); ++j) REQUIRE(t2[j].value == Approx(0.4 * t1[j].value).margin(1e-12));
    }
  }
}

TEST_CASE("pi2.B12 the three codes are different functions of a weight") {
  CHECK(delays_one_sided(-0.5).plus == 0);
  CHECK(delays_one_sided(-0.5).minus == 0.5);
  CHECK(delays_offset3(-0.5).plus == 2.5);
  CHECK(delays_offset3(-0.5).minus == 3.5);
  CHECK(delays_offset3(-4).plus == 0);
  CHECK(delays_temp_half(-0.5).plus == 1.25);
  CHECK(delays_temp_half(-0.5).minus == 1.75);
}

TEST_CASE("pi2.B13 one eligibility time for all synapses of a neuron destroys the order statistics") {
  SplitMix random(15);
  Setup s = random_layer(fc(50, 8), 10, random);
  const ArrivalTimes times = arrivals_of(sparse_inputs(random, 50, 0.3), 1);
  const std::vector<LayerOutput> exact = Layer(s.layer).run(times, 0);
  LayerSetup grouped = s.layer;
  grouped.rules.group_eligibility = true;
  const std::vector<LayerOutput> wrong = Layer(grouped).run(times, 0);
  LayerSetup standard = s.layer;
  standard.rules.synapse = SynapseModel::ats_std;
  const std::vector<LayerOutput> undelayed = Layer(standard).run(times, 0);
  int differ = 0;
  for (std::size_t j = 0; j < exact.size(); ++j) {
    differ += std::fabs(wrong[j].fired - exact[j].fired) > 1e-6;
    CHECK(undelayed[j].value == 0);  // no delay, no weight: both queues are alike
  }
  CHECK(differ == 8);
}

TEST_CASE("pi2 when late events are dropped changes what is inserted, never when a neuron fires") {
  SplitMix random(16);
  Setup s = random_layer(fc(100, 10), 12, random);
  const ArrivalTimes times = arrivals_of(sparse_inputs(random, 100, 0.5), 1);
  Layer arrival(s.layer);
  const auto a = arrival.run(times, 0);
  s.layer.rules.drop_at = DropAt::after_k;
  Layer after_k(s.layer);
  const auto b = after_k.run(times, 0);
  for (std::size_t j = 0; j < a.size(); ++j) CHECK(a[j].fired == b[j].fired);
  CHECK(after_k.totals().avoided > 1000);
  CHECK(after_k.totals().avoided + after_k.totals().insertions == arrival.totals().insertions);
  CHECK(after_k.totals().accepted == arrival.totals().accepted);
}

TEST_CASE("pi2 jitter is seeded: the same draw gives the same times, another seed others") {
  SplitMix random(17);
  Setup s = random_layer(fc(30, 4), 8, random);
  s.layer.rules.jitter_std = 0.01;
  const ArrivalTimes times = arrivals_of(sparse_inputs(random, 30, 0.5), 1);
  const auto a = Layer(s.layer).run(times, 3), b = Layer(s.layer).run(times, 3);
  s.layer.rules.jitter_seed = 2;
  const auto c = Layer(s.layer).run(times, 3);
  s.layer.rules.jitter_std = 0;
  const auto clean = Layer(s.layer).run(times, 3);
  for (std::size_t j = 0; j < a.size(); ++j) {
    CHECK(a[j].fired == b[j].fired);
    CHECK(a[j].fired != c[j].fired);
    CHECK(std::fabs(a[j].fired - clean[j].fired) < 0.05);
  }
}
