// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/pi2.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::text {
extern const char* const pi2_registers;
}

namespace snnvp {
namespace {

constexpr std::uint32_t done_irq = 1;

}  // namespace

Pi2Switch::Pi2Switch(const sc_core::sc_module_name& name, const Params& params)
    : sc_module(name),
      in("in", params.inputs, [this](const char* port, std::size_t i) { return new FrameInPort(port, *this, static_cast<unsigned>(i)); }),
      out("out", params.outputs),
      irq("irq"),
      params_(params),
      network_(params.network),
      bank_(parse_register_map(text::pi2_registers, "models.pi2")) {
  if (params.has_registers) regs = std::make_unique<TargetPort>("regs", bank_, bank_.port_options());
  network_.set_layers(params.layers, params.network.offset_in, params.network.gain_in);
  programmed_ = params.layers;
  programmed_offset_ = params.network.offset_in;
  build();
  wire_registers();
  wire_layer_registers();
  SNNVP_HAS_PROCESS(Pi2Switch);
  SC_THREAD(run);
  SC_METHOD(update_irq);
  sensitive << irq_event_;
  dont_initialize();
}

std::string Pi2Switch::frame_format() const {
  return params_.format == net::FrameFormat::ethernet ? "ethernet" : params_.format == net::FrameFormat::noc ? "noc" : "aer";
}

std::string Pi2Switch::weight_code() const {
  const pi2::WeightCode code = network_.settings().code;
  return code == pi2::WeightCode::offset3 ? "offset3" : code == pi2::WeightCode::temp_half ? "temp_half" : "one_sided";
}

bool Pi2Switch::is_closed_form() const {
  const pi2::BankRules& r = network_.settings().rules;
  return is_ideal() && r.model == pi2::NeuronModel::pi2_k && r.synapse == pi2::SynapseModel::ats_delay && !r.group_eligibility &&
         r.jitter_std == 0 && r.hi_credit == pi2::never && network_.settings().output_noise == 0 && params_.fabric.loss == 0;
}

void Pi2Switch::build() {
  fabric_.reset();
  if (network_.layers().empty() || network_.needs_calibration() || params_.analytic) return;
  for (const Pi2LayerRequest& layer : network_.layers())
    if (layer.weights.empty() && layer.levels.empty()) return;
  // The calendar's ticks belong to the timing of the switch; the other modes use exact times.
  network_.settings().rules.tick = params_.fabric.timing == pi2::Timing::full ? params_.network.rules.tick : 0;
  fabric_ = std::make_unique<pi2::Fabric>(params_.fabric, network_.build(false));
}

void Pi2Switch::set_layers(std::vector<Pi2LayerRequest> layers, double offset_in, double gain_in) {
  network_.set_layers(std::move(layers), offset_in, gain_in);
  build();
}

void Pi2Switch::calibrate(const std::vector<std::vector<double>>& samples) {
  network_.calibrate(samples);
  build();
}

std::pair<double, double> Pi2Switch::output_code() const {
  const Pi2LayerRequest& last = network_.layers().back();
  return {last.scale_d.value_or(1), last.offset_out.value_or(0)};
}

void Pi2Switch::open_window(std::uint16_t window, Picoseconds start) {
  if (trace_) trace_->instant(trace_track_, trace_open_, start, window);
  if (fabric_) fabric_->open(window, start);
}

void Pi2Switch::trace_to(trace::Tracer& tracer, const std::string& block) {
  trace_.set(tracer);
  trace_track_ = tracer.track(block, "window", trace::TrackKind::slices, "packet", "window");
  trace_open_ = tracer.text("window opens");
}

void Pi2Switch::count_window() { ++analytic_windows_; }

bool Pi2Switch::receive(unsigned, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) {
  net::SpikeBody body;
  if (!fabric_ || !net::parse_spike(params_.format, data, length, body)) return ++malformed_, false;
  if (params_.format == net::FrameFormat::aer) body.layer = static_cast<std::uint8_t>(params_.first_layer);  // it carries none
  if (body.layer < params_.first_layer) return ++malformed_, false;
  const std::optional<double> ideal = note.has_ideal ? std::optional(note.ideal) : std::nullopt;
  const unsigned port = body.neuron % params_.fabric.ports;  // input i enters at port i mod ports (decision 44)
  if (!fabric_->arrive(body.layer - params_.first_layer, body.neuron, body.minus, body.window, port, at, ideal)) return ++malformed_, false;
  wake();
  return true;
}

/// At the next thing to do. Frames known ahead of time are waited for within this moment: others of the same burst may follow.
void Pi2Switch::wake() {
  if (!sc_core::sc_is_running() || !fabric_) return;
  const Picoseconds next = fabric_->next_event(), now = now_ps();
  if (next != pi2::not_scheduled) wake_.notify(sc_time_of(next > now ? next - now : 0));
}

void Pi2Switch::run() {
  for (;;) {
    departures_.clear();
    if (fabric_) fabric_->advance(now_ps(), departures_);
    const std::uint64_t epoch = epoch_;
    const std::vector<pi2::EgressFrame> frames = departures_;  // a receiver may wait, and a reset come meanwhile
    for (const pi2::EgressFrame& f : frames) {
      if (epoch != epoch_) break;
      const net::SpikeBody body{static_cast<std::uint8_t>(params_.first_layer + network_.layers().size()), f.minus, f.window, f.neuron};
      const auto bytes = net::make_spike_frame(params_.format, {}, body);
      FrameNote note{f.at, true, f.ideal};
      if (out.size() == 0 || out[f.port % out.size()].send(bytes.data(), bytes.size(), f.at, note) != tlm::TLM_OK_RESPONSE) ++refused_;
    }
    if (!frames.empty() && fabric_ && fabric_->is_idle()) raise(done_irq);
    const Picoseconds next = fabric_ ? fabric_->next_event() : pi2::not_scheduled, now = now_ps();
    if (next == pi2::not_scheduled)
      wait(wake_);
    else if (next > now)
      wait(sc_time_of(next - now), wake_);
  }
}

void Pi2Switch::raise(std::uint32_t cause) {
  const unsigned status = bank_.index("irq_status");
  bank_.set(status, bank_.value(status) | cause);
  irq_event_.notify(sc_core::SC_ZERO_TIME);
}

void Pi2Switch::update_irq() { irq.write((bank_.value(bank_.index("irq_status")) & bank_.value(bank_.index("irq_enable"))) != 0); }

pi2::EventTotals Pi2Switch::totals() const {
  pi2::EventTotals t;
  if (fabric_)
    for (std::size_t l = 0; l < fabric_->size(); ++l) t += fabric_->layer(l).totals();
  if (analytic_windows_ == 0) return t;
  for (const Pi2LayerRequest& r : network_.layers()) {
    pi2::LayerShape shape;
    shape.is_conv = r.is_conv;
    shape.in_channels = r.is_conv ? r.in_channels : r.in_channels * r.in_height * r.in_width;
    if (r.is_conv) shape.in_height = r.in_height, shape.in_width = r.in_width;
    shape.kernel = r.kernel, shape.stride = r.stride, shape.padding = r.padding, shape.out_channels = r.out_channels;
    const pi2::EventTotals one = pi2::analytic_counts(shape, r.k);
    const std::uint64_t n = analytic_windows_;
    t.frames_in += n * one.frames_in, t.insertions += n * one.insertions, t.accepted += n * one.accepted;
    t.dropped += n * one.dropped, t.frames_out += n * one.frames_out, t.pairs += n * one.pairs, t.padding += n * one.padding;
  }
  return t;
}

Pi2Totals Pi2Switch::pi2_totals() const {
  const pi2::EventTotals t = totals();
  return {t.frames_in, t.insertions, t.accepted, t.dropped, t.frames_out, t.causality_violations, t.short_windows, t.timeouts, t.overflow,
          t.pair_late, t.avoided,    t.lost,     t.padding, t.pairs};
}

Pi2Distortion Pi2Switch::distortion() const {
  Pi2Distortion all;
  if (!fabric_) return all;
  const pi2::Distortion& d = fabric_->distortion();
  all.histogram.assign(d.histogram.begin(), d.histogram.end());
  while (!all.histogram.empty() && all.histogram.back() == 0) all.histogram.pop_back();
  all.frames = d.frames;
  if (d.accepted != 0) all.disagreement = static_cast<double>(d.disagreeing) / static_cast<double>(d.accepted);
  if (d.queues != 0) all.mean_error = d.error_sum / static_cast<double>(d.queues);
  all.max_error = d.error_max;
  return all;
}

void Pi2Switch::report_stats(StatSink& sink) const {
  const pi2::EventTotals t = totals();
  const auto count = [&](const char* name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  count("frames_in", t.frames_in);
  count("insertions", t.insertions);
  count("accepted", t.accepted);
  count("dropped", t.dropped);
  count("frames_out", t.frames_out);
  count("causality_violations", t.causality_violations);
  count("short_windows", t.short_windows);
  count("timeouts", t.timeouts);
  count("overflow", t.overflow);
  count("pair_late", t.pair_late);
  count("insertions_avoided", t.avoided);
  count("frames_lost", t.lost);
  count("padding_frames", t.padding);
  count("late_frames", fabric_ ? fabric_->late_frames() : 0);
  count("frames_refused", malformed_);
  count("frames_not_taken", refused_);
  count("windows", (fabric_ ? fabric_->windows() : 0) + analytic_windows_);
  std::uint64_t queues = 0;
  for (const Pi2LayerRequest& r : network_.layers()) {
    const std::uint64_t columns = r.is_conv ? (r.in_width + 2 * r.padding - r.kernel) / r.stride + 1 : 1;
    const std::uint64_t rows = r.is_conv ? (r.in_height + 2 * r.padding - r.kernel) / r.stride + 1 : 1;
    queues += 2 * rows * columns * r.out_channels;
  }
  count("queues", queues);
  const double useful = static_cast<double>(params_.useful_bits), bits = 8.0 * static_cast<double>(params_.fabric.frame_bytes);
  const double link = static_cast<double>(t.frames_in) * bits * params_.bit_pj;
  const double work = static_cast<double>(t.insertions) * params_.queue_pj + static_cast<double>(t.accepted) * params_.credit_pj +
                      static_cast<double>(t.pairs) * params_.pair_pj;
  const double idle = params_.static_w * static_cast<double>(now_ps());  // W ps = pJ
  const double all = link + work + idle;
  const double overhead = static_cast<double>(t.frames_in) * std::max(0.0, bits - useful) * params_.bit_pj;
  sink.real("eta_strict", all > 0 ? std::optional(work / all) : std::nullopt);
  sink.real("eta_pi2", all > 0 ? std::optional(1 - (overhead + idle) / all) : std::nullopt);
  sink.real("static_energy_j", params_.static_w > 0 ? std::optional(idle * 1e-12) : std::nullopt);
  // in + copies + generated = out + absorbed + dropped + in flight: every frame in is absorbed into its copies, events are accepted
  // or dropped, and what leaves is generated by pair units.
  if (t.insertions != t.accepted + t.dropped) {
    const bool is_open = fabric_ && !fabric_->is_idle();
    if (!is_open)
      throw InternalError(fmt::format("{}: {} events are neither accepted nor dropped", name(), t.insertions - t.accepted - t.dropped));
  }
}

EventCounts Pi2Switch::events() const {
  const pi2::EventTotals t = totals();
  return {{"custom.pi2_credit", t.accepted},
          {"custom.pi2_pair", t.pairs},
          {"custom.pi2_queue", t.insertions},
          {"switch_bit", t.frames_in * 8 * params_.fabric.frame_bytes}};
}

void Pi2Switch::reset() {
  show_settings();  // those that no start has taken over are gone
  restart();
}

void Pi2Switch::restart() {
  ++epoch_;
  if (fabric_) fabric_->reset();
  departures_.clear();
  analytic_windows_ = refused_ = malformed_ = 0;
  program_error_ = false;
  for (const char* reg : {"irq_enable", "irq_status"}) bank_.set(bank_.index(reg), 0);
  if (sc_core::sc_is_running()) {
    irq_event_.notify(sc_core::SC_ZERO_TIME);
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

std::string Pi2Switch::waiting_for() const { return is_idle() ? std::string() : "frames of an open window, or its time-out"; }

}  // namespace snnvp
