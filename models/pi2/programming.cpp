// SPDX-License-Identifier: Apache-2.0
// How firmware programs a network (registers.yaml).
#include <cmath>

#include <snnvp/models/pi2/pi2.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr std::uint32_t start_bit = 1, soft_reset_bit = 4, error_irq = 2;
constexpr std::uint32_t status_busy = 1, status_error = 2, status_ready = 4;
// Of all layers, that registers may ask for: a program must not take the host's memory.
constexpr std::uint64_t most_synapses = std::uint64_t{1} << 26, most_neurons = std::uint64_t{1} << 20;

double from_q16(std::uint32_t v) { return v / 65536.0; }
std::uint32_t to_q16(double v) { return v <= 0 ? 0 : v >= 65535.99998 ? 0xFFFFFFFF : static_cast<std::uint32_t>(std::llround(v * 65536)); }

std::uint64_t inputs_of(const Pi2LayerRequest& r) { return std::uint64_t{r.in_channels} * r.in_height * r.in_width; }

/// Whether layers of which one is not built yet may be asked for.
bool fits(const std::vector<Pi2LayerRequest>& layers) {
  std::uint64_t neurons = 0, synapses = 0;
  for (const Pi2LayerRequest& r : layers) {
    if (r.is_conv) continue;  // of the scenario
    if (r.out_channels > most_neurons || inputs_of(r) > most_synapses) return false;
    neurons += r.out_channels;
    synapses += inputs_of(r) * r.out_channels;
  }
  return neurons <= most_neurons && synapses <= most_synapses;
}

}  // namespace

Pi2LayerRequest* Pi2Switch::selected() {
  const std::uint32_t layer = bank_.value(bank_.index("layer_sel"));
  return layer < programmed_.size() ? &programmed_[layer] : nullptr;
}

/// What is in force, in the registers that a start takes over.
void Pi2Switch::show_settings() {
  bank_.set(bank_.index("tau_lo"), static_cast<std::uint32_t>(params_.fabric.time_unit));
  bank_.set(bank_.index("tau_hi"), static_cast<std::uint32_t>(params_.fabric.time_unit >> 32));
  bank_.set(bank_.index("layers"), static_cast<std::uint32_t>(programmed_.size()));
  bank_.set(bank_.index("timing"), static_cast<std::uint32_t>(params_.fabric.timing));
  bank_.set(bank_.index("seed"), static_cast<std::uint32_t>(params_.fabric.seed));
  bank_.set(bank_.index("weight_code"), static_cast<std::uint32_t>(network_.settings().code));
  bank_.set(bank_.index("timeout"), to_q16(network_.settings().rules.timeout));
  for (const char* reg : {"waddr", "layer_sel"}) bank_.set(bank_.index(reg), 0);
}

void Pi2Switch::wire_registers() {
  bank_.on_read(
      "status",
      [this](sc_core::sc_time&) {
        return (is_idle() ? 0 : status_busy) | (program_error_ ? status_error : 0) | (fabric_ ? status_ready : 0);
      },
      [this] { return (is_idle() ? 0 : status_busy) | (program_error_ ? status_error : 0) | (fabric_ ? status_ready : 0); });
  bank_.on_write("ctrl", [this](std::uint32_t value, sc_core::sc_time&) {
    if (value & soft_reset_bit) return restart();
    if (value & start_bit) program();
  });
  const auto irq_changed = [this](std::uint32_t, sc_core::sc_time& delay) { irq_event_.notify(delay); };
  bank_.on_write("irq_enable", irq_changed);
  bank_.on_write("irq_status", irq_changed);
  show_settings();
  bank_.on_write("layers", [this](std::uint32_t value, sc_core::sc_time&) {
    const std::size_t before = programmed_.size();
    programmed_.resize(value);
    for (std::size_t i = before; i < programmed_.size(); ++i) {
      Pi2LayerRequest& r = programmed_[i];
      r.levels.assign(std::size_t{r.in_channels} * r.out_channels, 0);  // one neuron of one input
      r.has_gain = true;
    }
  });
  const auto counter = [this](const char* lo, const char* hi, std::uint64_t pi2::EventTotals::*member) {
    bank_.counter64(lo, hi, [this, member] { return totals().*member; });
  };
  counter("frames_in_lo", "frames_in_hi", &pi2::EventTotals::frames_in);
  counter("insertions_lo", "insertions_hi", &pi2::EventTotals::insertions);
  counter("accepted_lo", "accepted_hi", &pi2::EventTotals::accepted);
  counter("dropped_lo", "dropped_hi", &pi2::EventTotals::dropped);
  counter("frames_out_lo", "frames_out_hi", &pi2::EventTotals::frames_out);
  counter("causality_violations_lo", "causality_violations_hi", &pi2::EventTotals::causality_violations);
  counter("short_windows_lo", "short_windows_hi", &pi2::EventTotals::short_windows);
  counter("timeouts_lo", "timeouts_hi", &pi2::EventTotals::timeouts);
  counter("overflow_lo", "overflow_hi", &pi2::EventTotals::overflow);
  counter("pair_late_lo", "pair_late_hi", &pi2::EventTotals::pair_late);
}

void Pi2Switch::wire_layer_registers() {
  struct LayerRegister {
    const char* name;
    void (*write)(Pi2LayerRequest&, std::uint32_t);
    std::uint32_t (*read)(const Pi2LayerRequest&);
  };
  static const LayerRegister registers[] = {
      {"k", [](Pi2LayerRequest& r, std::uint32_t v) { r.k = v; }, [](const Pi2LayerRequest& r) { return r.k; }},
      {"mk", [](Pi2LayerRequest& r, std::uint32_t v) { r.mk = from_q16(v); },
       [](const Pi2LayerRequest& r) { return to_q16(r.mk.value_or(0)); }},
      {"scale_d", [](Pi2LayerRequest& r, std::uint32_t v) { r.scale_d = from_q16(v); },
       [](const Pi2LayerRequest& r) { return to_q16(r.scale_d.value_or(0)); }},
      {"toff_out", [](Pi2LayerRequest& r, std::uint32_t v) { r.offset_out = from_q16(v); },
       [](const Pi2LayerRequest& r) { return to_q16(r.offset_out.value_or(0)); }},
      {"weight_bits", [](Pi2LayerRequest& r, std::uint32_t v) { r.weight_bits = v; },
       [](const Pi2LayerRequest& r) { return std::uint32_t{r.weight_bits}; }},
      {"weight_scale", [](Pi2LayerRequest& r, std::uint32_t v) { r.unit = v / 16777216.0, r.has_gain = true; },
       [](const Pi2LayerRequest& r) { return static_cast<std::uint32_t>(std::llround(std::min(r.unit, 255.0) * 16777216.0)); }},
  };
  for (const LayerRegister& r : registers) {
    const auto show = [this, read = r.read]() -> std::uint32_t { return selected() ? read(*selected()) : 0; };
    bank_.on_read(
        r.name, [show](sc_core::sc_time&) { return show(); }, show);
    bank_.on_write(r.name, [this, write = r.write](std::uint32_t v, sc_core::sc_time&) {
      if (Pi2LayerRequest* layer = selected()) write(*layer, v);
    });
  }
  // Sizes: the layer becomes fully connected, and its weights start at 0.
  const auto size_register = [this](const char* name, bool is_input) {
    const auto show = [this, is_input]() -> std::uint32_t {
      const Pi2LayerRequest* r = selected();
      return !r ? 0 : is_input ? r->in_channels * r->in_height * r->in_width : r->out_channels;
    };
    bank_.on_read(
        name, [show](sc_core::sc_time&) { return show(); }, show);
    bank_.on_write(name, [this, is_input](std::uint32_t v, sc_core::sc_time&) {
      Pi2LayerRequest* r = selected();
      if (!r) return;
      const std::uint32_t inputs = is_input ? v : r->in_channels * r->in_height * r->in_width, outputs = is_input ? r->out_channels : v;
      r->is_conv = false;
      r->in_channels = inputs;
      r->in_height = r->in_width = 1;
      r->out_channels = outputs;
      r->weights.clear();
      program_error_ = !fits(programmed_);
      r->levels = {};  // its memory is given back before more is taken
      if (!program_error_) r->levels.assign(std::size_t{inputs} * outputs, 0);
      r->has_gain = true;
    });
  };
  size_register("n_in", true);
  size_register("n_out", false);
  const auto offset = [this]() -> std::uint32_t {
    const std::uint32_t layer = bank_.value(bank_.index("layer_sel"));
    if (layer >= programmed_.size()) return 0;
    return to_q16(layer == 0 ? programmed_offset_ : programmed_[layer - 1].offset_out.value_or(0));
  };
  bank_.on_read(
      "toff_in", [offset](sc_core::sc_time&) { return offset(); }, offset);
  bank_.on_write("toff_in", [this](std::uint32_t v, sc_core::sc_time&) {
    if (bank_.value(bank_.index("layer_sel")) == 0) programmed_offset_ = from_q16(v);
  });
  const auto level_at = [this]() -> std::int16_t* {
    Pi2LayerRequest* r = selected();
    const std::uint32_t at = bank_.value(bank_.index("waddr"));
    return r && at < r->levels.size() ? &r->levels[at] : nullptr;
  };
  const auto next = [this] { bank_.set(bank_.index("waddr"), bank_.value(bank_.index("waddr")) + 1); };
  const auto peek = [level_at]() -> std::uint32_t { return level_at() ? static_cast<std::uint16_t>(*level_at()) : 0; };
  bank_.on_read(
      "wdata",
      [peek, next](sc_core::sc_time&) {
        const std::uint32_t value = peek();
        next();
        return value;
      },
      peek);
  bank_.on_write("wdata", [level_at, next](std::uint32_t v, sc_core::sc_time&) {
    if (std::int16_t* level = level_at()) *level = static_cast<std::int16_t>(v);
    next();
  });
}

/// Takes over what the registers say; a network that is none leaves the old one in force and sets status.error.
void Pi2Switch::program() {
  const pi2::NetworkSettings settings = network_.settings();
  const pi2::FabricSettings fabric = params_.fabric;
  const std::vector<Pi2LayerRequest> before = network_.layers();
  try {
    if (programmed_.empty()) throw InputError("no layers");
    const Picoseconds tau = Picoseconds{bank_.value(bank_.index("tau_hi"))} << 32 | bank_.value(bank_.index("tau_lo"));
    const std::uint32_t code = bank_.value(bank_.index("weight_code")), timing = bank_.value(bank_.index("timing"));
    if (tau == 0 || code > 2 || timing > 2) throw InputError("a setting is out of range");
    for (const Pi2LayerRequest& r : programmed_) {
      const bool is_sized_by_registers = !r.is_conv && r.has_gain && r.weights.empty();
      if (is_sized_by_registers && r.levels.size() != inputs_of(r) * r.out_channels) throw InputError("the layers are too large");
      const int top = r.weight_bits >= 2 && r.weight_bits <= 16 ? (1 << (r.weight_bits - 1)) - 1 : 32767;
      for (const std::int16_t level : r.levels)
        if (level > top || level < -top) throw InputError("a level does not fit weight_bits");
    }
    params_.fabric.time_unit = tau;
    params_.fabric.timing = static_cast<pi2::Timing>(timing);
    params_.fabric.seed = bank_.value(bank_.index("seed"));
    network_.settings().code = static_cast<pi2::WeightCode>(code);
    network_.settings().rules.timeout = from_q16(bank_.value(bank_.index("timeout")));
    network_.set_layers(programmed_, programmed_offset_, 1);
    if (network_.needs_calibration()) throw InputError("mk, scale_d or toff_out of a layer was never written");
    build();
    program_error_ = !fabric_;
  } catch (const InputError&) {
    network_.set_layers({}, settings.offset_in, settings.gain_in);
    network_.settings() = settings;
    network_.set_layers(before, settings.offset_in, settings.gain_in);
    params_.fabric = fabric;
    program_error_ = true;
  }
  if (program_error_) raise(error_irq);
}

}  // namespace snnvp
