// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/network.h>

#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/frames/inner_product.h>

namespace snnvp::pi2 {
namespace {

LayerShape shape_of(const Pi2LayerRequest& r) {
  LayerShape s;
  s.is_conv = r.is_conv;
  s.in_channels = r.in_channels;
  s.in_height = r.in_height;
  s.in_width = r.in_width;
  s.kernel = r.kernel;
  s.stride = r.stride;
  s.padding = r.padding;
  s.out_channels = r.out_channels;
  if (!r.is_conv) {  // an image in front of a fully connected layer is one long vector
    s.in_channels = r.in_channels * r.in_height * r.in_width;
    s.in_height = s.in_width = 1;
  }
  return s;
}

std::string problem_of(const Pi2LayerRequest& r) {
  if (!r.is_conv && std::uint64_t{r.in_channels} * r.in_height > (1u << 26)) return "too many inputs";
  const LayerShape s = shape_of(r);
  if (std::string problem = s.problem(); !problem.empty()) return problem;
  if (r.k == 0 || r.k > 2 * s.fan_in())
    return fmt::format("K = {} is not within 1..{} (two events for each input of a neuron)", r.k, 2 * s.fan_in());
  const std::uint64_t synapses = std::uint64_t{s.fan_in()} * s.out_channels;
  const std::uint64_t given = r.levels.empty() ? r.weights.size() : r.levels.size();
  if (given != 0 && given != synapses) return fmt::format("{} weights are given, {} x {} are needed", given, s.fan_in(), s.out_channels);
  for (const double w : r.weights)
    if (!std::isfinite(w)) return "a weight is not a finite number";
  if (r.weight_bits == 1 || r.weight_bits > 16) return "weight_bits is 0 or 2 to 16";
  return {};
}

}  // namespace

ArrivalTimes encode_all(const std::vector<double>& values, double offset) {
  ArrivalTimes times;
  times.reserve(2 * values.size());
  for (const double v : values) {
    const TimePair t = encode(v, offset);
    times.push_back(t.plus);
    times.push_back(t.minus);
  }
  return times;
}

void Network::set_layers(std::vector<Pi2LayerRequest> layers, double offset_in, double gain_in) {
  std::string problems;
  const auto complain = [&](std::size_t l, const std::string& text) {
    problems += fmt::format("{}layer {}: {}", problems.empty() ? "" : "; ", l + 1, text);
  };
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (const std::string problem = problem_of(layers[l]); !problem.empty()) {
      complain(l, problem);
      continue;
    }
    if (l == 0 || !problem_of(layers[l - 1]).empty()) continue;
    const std::uint32_t sent = shape_of(layers[l - 1]).outputs(), wanted = shape_of(layers[l]).inputs();
    if (sent != wanted) complain(l, fmt::format("it has {} inputs, the layer before it {} outputs", wanted, sent));
  }
  if (!problems.empty()) throw InputError(problems);
  layers_ = std::move(layers);
  settings_.offset_in = offset_in;
  settings_.gain_in = gain_in;
}

bool Network::needs_calibration() const {
  for (const Pi2LayerRequest& r : layers_)
    if (!r.mk || !r.scale_d || !r.offset_out) return true;
  return false;
}

double Network::offset_before(std::size_t layer) const {
  return layer == 0 ? settings_.offset_in : layers_[layer - 1].offset_out.value_or(0);
}
double Network::gain_before(std::size_t layer) const { return layer == 0 ? settings_.gain_in : layers_[layer - 1].scale_d.value_or(1); }

Layer Network::make_layer(std::size_t index, bool exact) const {
  const Pi2LayerRequest& r = layers_[index];
  LayerSetup setup;
  setup.shape = shape_of(r);
  const std::uint32_t inputs = setup.shape.fan_in(), outputs = setup.shape.out_channels;
  const double gain = r.has_gain ? 1 : gain_before(index);
  if (!r.levels.empty()) {
    setup.synapses = SynapseTable(settings_.code, inputs, outputs, r.levels, r.unit * gain);
  } else if (r.weights.empty()) {
    throw InputError(fmt::format("layer {} has no weights", index + 1));
  } else if (r.weight_bits == 0) {
    std::vector<double> weights = r.weights;
    for (double& w : weights) w *= gain;
    setup.synapses = SynapseTable(settings_.code, inputs, outputs, std::move(weights));
  } else {
    Quantised q = quantise(r.weights, r.weight_bits);
    setup.synapses = SynapseTable(settings_.code, inputs, outputs, std::move(q.levels), q.unit * gain);
  }
  setup.rules = settings_.rules;
  setup.rules.k = r.k;
  setup.rules.threshold = settings_.rules.model == NeuronModel::temp && r.gamma ? *r.gamma : r.k * r.mk.value_or(0);
  if (exact) setup.rules.tick = setup.rules.jitter_std = 0, setup.rules.horizon = never;
  setup.offset_in = offset_before(index);
  setup.output_noise = exact ? 0 : settings_.output_noise;
  setup.noise_seed = settings_.rules.jitter_seed + index;
  setup.pair = {r.scale_d.value_or(1), r.offset_out.value_or(0), settings_.pair_latency, settings_.sign, r.rectify};
  return Layer(std::move(setup));
}

void Network::calibrate(const std::vector<std::vector<double>>& samples) {
  std::vector<ArrivalTimes> windows;
  for (const auto& x : samples) {
    if (!layers_.empty() && x.size() != shape_of(layers_.front()).inputs())
      throw InputError(
          fmt::format("a calibration sample has {} values, the network {} inputs", x.size(), shape_of(layers_.front()).inputs()));
    windows.push_back(encode_all(x, settings_.offset_in));
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Pi2LayerRequest& r = layers_[l];
    if (!r.mk || !r.scale_d || !r.offset_out) {
      const Calibration c = pi2::calibrate(make_layer(l, true), windows, r.inp_scale, settings_.calib_margin, true);
      if (!r.mk) r.mk = c.mk;
      if (!r.scale_d) r.scale_d = c.scale_d;
      if (!r.offset_out) r.offset_out = c.offset_out;
    }
    if (l + 1 == layers_.size()) break;
    Layer layer = make_layer(l, true);
    for (ArrivalTimes& window : windows) {
      ArrivalTimes next;
      for (const LayerOutput& out : layer.run(window, 0)) {
        next.push_back(out.ideal.plus);
        next.push_back(out.ideal.minus);
      }
      window = std::move(next);
    }
  }
}

std::vector<Layer> Network::build(bool exact) const {
  std::vector<Layer> built;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Pi2LayerRequest& r = layers_[l];
    if (!r.mk || !r.scale_d || !r.offset_out)
      throw InputError(fmt::format("layer {}: {} is neither given nor calibrated", l + 1,
                                   !r.mk        ? "Mk"
                                   : !r.scale_d ? "scale_d"
                                                : "offset_out"));
    built.push_back(make_layer(l, exact));
    const LayerSetup& setup = built.back().setup();
    if (!exact && setup.rules.tick > 0 && setup.rules.overflow == Overflow::drop) {
      const double window = 2 * setup.offset_in;  // arrivals lie within [0, 2 Toff]
      if (setup.rules.horizon < setup.synapses.largest_delay() + window)
        throw InputError(
            fmt::format("layer {}: buckets x tick = {:.4g} u do not cover the largest delay {:.4g} u and the window {:.4g} u; raise "
                        "synapse.buckets or tick",
                        l + 1, setup.rules.horizon, setup.synapses.largest_delay(), window));
    }
  }
  return built;
}

std::vector<std::vector<double>> Network::values(const std::vector<double>& input) const {
  std::vector<std::vector<double>> all;
  ArrivalTimes times = encode_all(input, settings_.offset_in);
  for (Layer& layer : build(true)) {
    ArrivalTimes next;
    std::vector<double> sent;
    for (const LayerOutput& out : layer.run(times, 0)) {
      next.push_back(out.ideal.plus);
      next.push_back(out.ideal.minus);
      sent.push_back(layer.setup().pair.scale_d * out.value);
    }
    times = std::move(next);
    all.push_back(std::move(sent));
  }
  return all;
}

std::vector<Pi2LayerReport> Network::report(const std::vector<std::vector<double>>& samples) const {
  std::vector<Pi2LayerReport> rows;
  std::vector<Layer> built = build(true);
  std::vector<std::vector<double>> inputs = samples;
  for (std::size_t l = 0; l < built.size(); ++l) {
    Layer& layer = built[l];
    const LayerSetup& setup = layer.setup();
    const std::uint32_t outputs = setup.shape.out_channels, pixels = setup.shape.pixels();
    std::vector<double> weights;
    for (std::uint32_t i = 0; i < setup.shape.fan_in(); ++i)
      for (std::uint32_t j = 0; j < outputs; ++j) weights.push_back(setup.synapses.weight(i, j));
    LayerSetup raw_setup = setup;
    raw_setup.pair.rectify = false;
    Layer raw(raw_setup);
    Pi2LayerReport row;
    row.name = fmt::format("{}{}", setup.shape.is_conv ? "conv" : "fc", l + 1);
    row.inputs = setup.shape.inputs();
    row.outputs = setup.shape.outputs();
    row.fan_in = setup.shape.fan_in();
    row.k = setup.rules.k;
    row.mk = *layers_[l].mk;
    row.scale_d = setup.pair.scale_d;
    row.offset_in = setup.offset_in;
    row.offset_out = setup.pair.offset_out;
    row.largest_delay = setup.synapses.largest_delay();
    row.queues = 2 * row.outputs;
    std::uint64_t clipped = 0;
    std::vector<std::vector<double>> next;
    for (const std::vector<double>& x : inputs) {
      for (const double v : x) clipped += std::fabs(v) > setup.offset_in;
      const std::vector<LayerOutput> out = raw.run(encode_all(x, setup.offset_in), 0);
      double correlation = 0;
      for (std::uint32_t p = 0; p < pixels; ++p) {
        std::vector<double> y;
        for (std::uint32_t j = 0; j < outputs; ++j) y.push_back(out[j * pixels + p].value);
        correlation += pearson(y, inner_product(weights, outputs, raw.taps_of(x, p)));
      }
      row.correlation += correlation / pixels;
      std::vector<double> sent;
      for (const LayerOutput& o : out) sent.push_back(setup.pair.scale_d * (setup.pair.rectify ? relu(o.value) : o.value));
      next.push_back(std::move(sent));
    }
    const double n = static_cast<double>(inputs.size());
    row.correlation /= n;
    const EventTotals& t = raw.totals();
    row.drop_rate = static_cast<double>(t.dropped) / static_cast<double>(t.insertions);
    row.early = static_cast<double>(t.causality_violations) / (n * static_cast<double>(row.queues));
    row.saturation = static_cast<double>(clipped) / (n * static_cast<double>(row.inputs));
    inputs = std::move(next);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace snnvp::pi2
