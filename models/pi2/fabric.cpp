// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/fabric.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/random.h>

namespace snnvp::pi2 {
namespace {

__extension__ using Wide = unsigned __int128;

Picoseconds wire_time(Bytes bytes, std::uint64_t bps) {
  return static_cast<Picoseconds>((Wide{8} * bytes * 1'000'000'000'000u + bps - 1) / bps);
}

unsigned log2_bin(Picoseconds late) {
  unsigned bin = 0;
  for (; late != 0; late >>= 1) ++bin;
  return std::min(bin, 63u);
}

}  // namespace

Fabric::Fabric(FabricSettings settings, std::vector<Layer> layers) : settings_(settings), layers_(std::move(layers)) { reset(); }

void Fabric::reset() {
  stages_.assign(layers_.size(), Stage());
  for (Stage& stage : stages_) stage.wires.resize(settings_.ports);
  egress_.assign(settings_.ports, Reservation());
  opened_.reset();
  distortion_ = Distortion();
  late_frames_ = windows_ = 0;
  for (Layer& layer : layers_) layer.reset_totals();
}

bool Fabric::is_idle() const {
  return std::none_of(stages_.begin(), stages_.end(), [](const Stage& s) { return s.is_open || !s.outgoing.empty(); });
}

Picoseconds Fabric::time_of(const Stage& stage, double u) const {
  const double ps = u * static_cast<double>(settings_.time_unit);
  if (!(ps < 9e18)) return not_scheduled;
  const auto offset = static_cast<std::int64_t>(std::llround(ps));
  return offset < 0 && static_cast<Picoseconds>(-offset) > stage.start ? 0 : stage.start + static_cast<Picoseconds>(offset);
}

void Fabric::open(std::uint16_t window, Picoseconds start) { opened_ = {window, start}; }

void Fabric::start_stage(std::size_t layer, std::uint16_t window, Picoseconds start) {
  Stage& stage = stages_[layer];
  stage.window = window;
  stage.start = start;
  stage.is_open = true;
  stage.is_stepping = false;
  stage.known = 0;
  stage.next_fire = never;
  stage.seen.assign(std::size_t{2} * layers_[layer].setup().shape.inputs(), 0);
  windows_ += layer == 0;
}

/// A pure function of what the frame is, so that losses do not depend on the order of frames.
bool Fabric::is_lost(std::size_t layer, std::uint16_t window, std::uint32_t frame) const {
  if (settings_.loss <= 0) return false;
  const std::uint64_t what = settings_.loss_of_pairs ? frame / 2 : std::uint64_t{frame} | std::uint64_t{1} << 40;
  const std::uint64_t place = std::uint64_t{layer} << 16 | window;
  return unit_real(mix64(mix64(settings_.seed ^ fnv1a64("pi2/loss")) ^ mix64(place << 41 ^ what))) < settings_.loss;
}

bool Fabric::arrive(std::size_t layer, std::uint32_t neuron, bool minus, std::uint16_t window, unsigned port, Picoseconds at,
                    std::optional<double> ideal) {
  if (layer >= layers_.size() || neuron >= layers_[layer].setup().shape.inputs()) return false;
  Stage& stage = stages_[layer];
  if (!stage.is_open || stage.window != window) {
    // A layer's window starts with that of the layer before it, the first layer's when it was opened, else with its first frame.
    std::optional<Picoseconds> start;
    if (layer > 0 && stages_[layer - 1].window == window && !stages_[layer - 1].seen.empty())
      start = stages_[layer - 1].start;
    else if (opened_ && opened_->first == window)
      start = opened_->second;
    const bool is_over = !stage.is_open && !stage.seen.empty() && stage.window == window && start.value_or(stage.start) == stage.start;
    if (is_over) return ++late_frames_, true;
    if (stage.is_open) finish(layer);  // a new window ends the one before
    start_stage(layer, window, start.value_or(at));
  }
  const std::uint32_t frame = 2 * neuron + minus;
  if (stage.seen[frame]) return ++late_frames_, true;
  stage.seen[frame] = 1;
  ++stage.known;
  if (is_lost(layer, window, frame)) {
    layers_[layer].count_lost(1);
    return true;
  }
  const double exact = ideal ? *ideal : at >= stage.start ? units_of(at - stage.start) : -units_of(stage.start - at);
  stage.pending.push({at, frame, port % settings_.ports, exact});
  return true;
}

/// When a frame has been received, in u of this switch's clock: its ideal time plus whatever real time has added.
double Fabric::arrival_of(Stage& stage, const Pending& frame) {
  if (settings_.timing == Timing::ideal) return frame.ideal;
  const bool is_full = settings_.timing == Timing::full;
  const Picoseconds begin = stage.wires[frame.port].book(frame.at, wire_time(settings_.frame_bytes, settings_.port_bps));
  Picoseconds done =
      begin + wire_time(is_full && settings_.cut_through ? settings_.header_bytes : settings_.frame_bytes, settings_.port_bps);
  if (is_full) done += settings_.pipeline + settings_.propagation;
  const Picoseconds ideal = time_of(stage, frame.ideal);
  const Picoseconds late = done > ideal ? done - ideal : 0;
  ++distortion_.histogram[log2_bin(late)];
  ++distortion_.frames;
  return frame.ideal + units_of(late) + (is_full ? settings_.clock_offset : 0);
}

/// All frames of the window are known: no need to wait for them.
void Fabric::run_whole(std::size_t layer) {
  Stage& stage = stages_[layer];
  ArrivalTimes arrivals(stage.seen.size(), never), ideal(stage.seen.size(), never);
  while (!stage.pending.empty()) {
    const Pending frame = stage.pending.top();
    stage.pending.pop();
    ideal[frame.frame] = frame.ideal;
    arrivals[frame.frame] = arrival_of(stage, frame);
  }
  emit(layer, layers_[layer].run(arrivals, stage.window));
  if (settings_.timing != Timing::ideal && settings_.compare_order) compare_order(layer, ideal, arrivals);
  stage.is_open = false;
}

void Fabric::step(std::size_t layer, Picoseconds now) {
  Stage& stage = stages_[layer];
  Layer& model = layers_[layer];
  std::vector<LayerOutput> outputs;
  if (!stage.is_stepping) {
    model.start(stage.window);
    stage.is_stepping = true;
  }
  const auto settle_up_to = [&](Picoseconds time) {
    while (stage.next_fire < never && time_of(stage, stage.next_fire) <= time) {
      model.settle(stage.next_fire + 1e-9, outputs);
      stage.next_fire = model.next_fire();
    }
  };
  while (!stage.pending.empty() && stage.pending.top().at <= now) {
    const Pending frame = stage.pending.top();
    stage.pending.pop();
    if (frame.at > 0) settle_up_to(frame.at - 1);
    model.arrive({arrival_of(stage, frame), frame.frame / 2, frame.frame % 2 != 0});
    if (stage.pending.empty() || stage.pending.top().at != frame.at) stage.next_fire = model.next_fire();
  }
  settle_up_to(now);
  emit(layer, outputs);
  const bool is_complete = stage.known == stage.seen.size() && stage.pending.empty();
  if (is_complete || time_of(stage, model.setup().rules.timeout) <= now) finish(layer);
}

/// Nothing more will come that counts.
void Fabric::finish(std::size_t layer) {
  Stage& stage = stages_[layer];
  late_frames_ += stage.pending.size();
  stage.pending = {};
  std::vector<LayerOutput> outputs;
  if (!stage.is_stepping) layers_[layer].start(stage.window);
  layers_[layer].close(outputs);
  emit(layer, outputs);
  stage.is_open = false;
}

void Fabric::emit(std::size_t layer, const std::vector<LayerOutput>& outputs) {
  Stage& stage = stages_[layer];
  const double offset = settings_.timing == Timing::full ? settings_.clock_offset : 0;
  for (const LayerOutput& out : outputs) {
    if (out.is_silent) continue;
    stage.outgoing.push({out.actual.plus - offset, 2 * out.neuron});
    stage.outgoing.push({out.actual.minus - offset, 2 * out.neuron + 1});
  }
}

/// Frames leave in order of time: those of a window that is still open only once nothing earlier can come.
void Fabric::flush(std::size_t layer, Picoseconds now, std::vector<EgressFrame>& out) {
  Stage& stage = stages_[layer];
  const bool is_last = layer + 1 == layers_.size();
  while (!stage.outgoing.empty()) {
    const Outgoing frame = stage.outgoing.top();
    const Picoseconds at = time_of(stage, frame.time);
    if (stage.is_open && at > now) return;
    stage.outgoing.pop();
    const unsigned port = frame.frame / 2 % settings_.ports;
    if (!is_last) {
      arrive(layer + 1, frame.frame / 2, frame.frame % 2 != 0, stage.window, port, at, frame.time);
      continue;
    }
    const Picoseconds leaves =
        settings_.timing == Timing::ideal ? at : egress_[port].book(at, wire_time(settings_.frame_bytes, settings_.port_bps));
    out.push_back({frame.frame / 2, frame.frame % 2 != 0, port, leaves, frame.time, stage.window});
  }
}

Picoseconds Fabric::next_of(std::size_t layer) const {
  const Stage& stage = stages_[layer];
  Picoseconds next = not_scheduled;
  if (!stage.outgoing.empty()) next = stage.is_open ? time_of(stage, stage.outgoing.top().time) : 0;
  if (!stage.is_open) return next;
  if (stage.known == stage.seen.size()) return 0;  // can be computed at once
  if (!stage.pending.empty()) next = std::min(next, stage.pending.top().at);
  if (stage.next_fire < never) next = std::min(next, time_of(stage, stage.next_fire));
  return std::min(next, time_of(stage, layers_[layer].setup().rules.timeout));
}

Picoseconds Fabric::next_event() const {
  Picoseconds next = not_scheduled;
  for (std::size_t l = 0; l < layers_.size(); ++l) next = std::min(next, next_of(l));
  return next;
}

void Fabric::advance(Picoseconds now, std::vector<EgressFrame>& out) {
  for (;;) {
    Picoseconds next = not_scheduled;
    std::size_t layer = 0;
    for (std::size_t l = 0; l < layers_.size(); ++l)
      if (const Picoseconds at = next_of(l); at < next) next = at, layer = l;
    if (next > now || next == not_scheduled) return;
    Stage& stage = stages_[layer];
    if (stage.is_open) {
      if (stage.known == stage.seen.size() && !stage.is_stepping)
        run_whole(layer);
      else
        step(layer, stage.known == stage.seen.size() ? not_scheduled - 1 : next);
    }
    flush(layer, now, out);
  }
}

/// Which of the events that count would not have counted in ideal time. Ties at the ideal K-th event all count as ideal.
void Fabric::compare_order(std::size_t layer, const ArrivalTimes& ideal, const ArrivalTimes& actual) {
  const LayerSetup& setup = layers_[layer].setup();
  if (setup.rules.model != NeuronModel::pi2_k || setup.rules.jitter_std > 0) return;
  BankRules exact = setup.rules;
  exact.timeout = never;
  BankRules ticked = exact;
  exact.tick = 0;
  NeuronBank a(setup.synapses, exact, 0, setup.shape.out_channels), b(setup.synapses, ticked, 0, setup.shape.out_channels);
  std::vector<std::vector<ArrivingFrame>> ideal_frames;
  layers_[layer].for_each_pixel(ideal, [&](std::uint32_t, const std::vector<ArrivingFrame>& frames) { ideal_frames.push_back(frames); });
  std::vector<double> errors;
  double mean = 0;
  const bool is_full = settings_.timing == Timing::full;
  const double shift = is_full ? settings_.clock_offset : 0;
  layers_[layer].for_each_pixel(actual, [&](std::uint32_t pixel, const std::vector<ArrivingFrame>& frames) {
    a.start(), b.start();
    a.arrive(ideal_frames[pixel].data(), ideal_frames[pixel].size());
    b.arrive(frames.data(), frames.size());
    std::vector<double> by_input(std::size_t{2} * setup.shape.fan_in(), never);
    for (const ArrivingFrame& f : ideal_frames[pixel]) by_input[2 * f.input + f.minus] = f.time;
    for (std::uint32_t q = 0; q < a.queues(); ++q) {
      if (!a.is_full(q) || !b.is_full(q)) continue;
      const double ideal_last = a.latest(q), actual_last = b.latest(q);
      const std::uint32_t neuron = q % a.neurons();
      const bool is_minus_queue = q >= a.neurons();
      for (const ArrivingFrame& f : frames) {
        const TimePair d = setup.synapses.delays(f.input, neuron);
        const double delay = f.minus != is_minus_queue ? d.minus : d.plus;
        if (f.time + delay > actual_last) continue;
        ++distortion_.accepted;
        distortion_.disagreeing += by_input[2 * f.input + f.minus] + delay > ideal_last + 1e-12;
      }
      errors.push_back(b.mean(q) - a.mean(q) - shift);
      mean += errors.back();
    }
  });
  if (errors.empty()) return;
  mean /= static_cast<double>(errors.size());
  for (const double e : errors) {
    distortion_.error_sum += std::fabs(e - mean);
    distortion_.error_max = std::max(distortion_.error_max, std::fabs(e - mean));
  }
  distortion_.queues += errors.size();
}

}  // namespace snnvp::pi2
