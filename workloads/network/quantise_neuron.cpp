// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/quantise_neuron.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp {

namespace {

using Integers = std::vector<std::int32_t>;

std::int32_t to_int32(double value) {
  constexpr double low = std::numeric_limits<std::int32_t>::min(), high = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::llround(std::clamp(value, low, high)));
}

/// The integer T for which v > T decides as v > threshold does: what is nearly whole is taken as whole. A threshold that is also
/// subtracted is the nearest one, since an error in it would add up over spikes.
std::int32_t strict_threshold(double threshold, bool is_subtracted) {
  const double nearest = std::nearbyint(threshold);
  const bool whole = is_subtracted || std::abs(threshold - nearest) <= 1e-6 * std::max(1.0, std::abs(threshold));
  return to_int32(whole ? nearest : std::floor(threshold));
}

/// Largest s >= 0 with need * 2^s <= 2^(width-1) - 1, or -1.
int shift_that_fits(double need, unsigned width) {
  const double most = std::ldexp(1.0, static_cast<int>(width) - 1) - 1;
  if (!(need <= most)) return -1;
  int shift = 0;
  while (shift < static_cast<int>(max_neuron_shift) && need * std::ldexp(1.0, shift + 1) <= most) ++shift;
  return shift;
}

/// Per-neuron integers as a scalar, per channel or per neuron.
class Columns {
public:
  Columns(IntegerNode& out) : out_(out) {
    const bool image = out.out.size() == 3;
    channels_ = image ? out.out[0] : out.size();
    positions_ = out.size() / channels_;
  }

  void add(Integers values, std::int32_t& scalar, Integers& per_channel) { columns_.push_back({std::move(values), &scalar, &per_channel}); }

  /// Stores all; per neuron if any of them varies inside a channel.
  void store() {
    for (const Column& column : columns_)
      for (std::uint64_t n = 0; n < column.values.size(); ++n)
        if (column.values[n] != column.values[n / positions_ * positions_]) channels_ = out_.size(), positions_ = 1;
    out_.channels = channels_, out_.positions = positions_;
    for (Column& column : columns_) {
      const bool equal = std::all_of(column.values.begin(), column.values.end(), [&](std::int32_t v) { return v == column.values[0]; });
      *column.scalar = column.values[0];
      if (equal) continue;
      for (std::uint64_t c = 0; c < channels_; ++c) column.per_channel->push_back(column.values[c * positions_]);
    }
  }

private:
  struct Column {
    Integers values;
    std::int32_t* scalar;
    Integers* per_channel;
  };
  IntegerNode& out_;
  std::uint64_t channels_, positions_;
  std::vector<Column> columns_;
};

class NeuronQuantiser {
public:
  NeuronQuantiser(const GraphNode& node, const NeuronContext& context, IntegerNode& out, QuantisedNode& told)
      : node_(node), context_(context), out_(out), told_(told), size_(out.size()) {}

  void run() {
    NeuronRecord& record = out_.neuron;
    record = {};
    record.model = model();
    record.reset = context_.reset == ResetRule::subtract ? NeuronRecord::Reset::subtract : NeuronRecord::Reset::zero;
    if (node_.op == NodeOp::threshold) record.reset = NeuronRecord::Reset::zero;
    unit_.resize(size_);
    for (std::uint64_t n = 0; n < size_; ++n) unit_[n] = spread_value(context_.x_scale, n, size_) * gain(n);
    choose_widths();
    fill();
    out_.scale = node_.op == NodeOp::threshold || is_spiking(node_.op) ? std::vector<double>{1.0} : collapsed(unit_);
  }

private:
  NeuronRecord::Model model() const {
    switch (node_.op) {
      case NodeOp::integrator: return NeuronRecord::Model::i;
      case NodeOp::li: return NeuronRecord::Model::li;
      case NodeOp::cuba_li: return NeuronRecord::Model::cuba_li;
      case NodeOp::cuba_lif: return NeuronRecord::Model::cuba;
      default: return NeuronRecord::Model::lif;
    }
  }
  bool leaks() const { return !node_.tau.empty(); }
  double rate(const NeuronParam& tau, std::uint64_t n) const { return context_.dt / value_of(tau, n); }

  double gain(std::uint64_t n) const { return input_gain(node_, n, context_.dt, context_.if_gain); }
  double threshold(std::uint64_t n) const { return node_.v_threshold.empty() ? 0 : value_of(node_.v_threshold, n); }
  double reset_value(std::uint64_t n) const { return node_.v_reset.empty() ? 0 : value_of(node_.v_reset, n); }

  /// What the membrane must hold, in its unit before any shift.
  double membrane_need(const std::vector<double>& unit) const {
    double need = 0;
    for (std::uint64_t n = 0; n < size_; ++n) {
      const double reached = context_.headroom * (context_.range.membrane + std::abs(threshold(n)));
      need = std::max(need, std::max({reached, 2 * std::abs(threshold(n)), std::abs(reset_value(n))}) / unit[n]);
    }
    return need > 0 ? need : 1024;  // a silent graded neuron: room for some thousand units either way
  }

  /// Takes the first width from the wanted one on in which `need` fits.
  int widen(double need) {
    NeuronRecord& record = out_.neuron;
    for (const unsigned width : {context_.width_bits, 24U, 32U}) {
      if (width < context_.width_bits) continue;
      const int shift = shift_that_fits(need, width);
      if (shift < 0) continue;
      record.width_bits = std::max(record.width_bits, width);
      return shift;
    }
    throw InputError(fmt::format("{}: its state would need more than 32 bit: thresholds are {:.3g} times the smallest step of its input",
                                 node_.name, need));
  }

  void choose_widths() {
    NeuronRecord& record = out_.neuron;
    record.width_bits = context_.width_bits;
    if (node_.op == NodeOp::threshold) {
      record.width_bits = 32;
      return;
    }
    if (!is_cuba(node_.op)) {
      const int shift = widen(membrane_need(unit_));
      // Without a leak sums stay whole multiples of the unit, and the plain LIF of every engine does.
      const bool needs_fraction = leaks() || !context_.bias.empty() || node_.op == NodeOp::integrator;
      record.input_shift = needs_fraction ? static_cast<unsigned>(shift) : 0;
      for (double& unit : unit_) unit = std::ldexp(unit, -static_cast<int>(record.input_shift));
    } else {
      synaptic_widths();
    }
    if (record.width_bits != context_.width_bits) told_.remark = fmt::format("membrane of {} bit", record.width_bits);
  }

  void synaptic_widths() {
    NeuronRecord& record = out_.neuron;
    double need = 0;
    for (const double unit : unit_) need = std::max(need, context_.headroom * context_.range.current / unit);
    record.input_shift = static_cast<unsigned>(widen(need > 0 ? need : 1024));
    std::vector<double> membrane(size_);
    const auto membrane_units = [&] {
      for (std::uint64_t n = 0; n < size_; ++n)
        membrane[n] = std::ldexp(unit_[n], -static_cast<int>(record.input_shift)) * rate(node_.tau, n) * value_of(node_.r, n);
    };
    membrane_units();
    // The current keeps its fraction; the membrane drops what would not fit.
    double room = membrane_need(membrane);
    while (shift_that_fits(room, record.width_bits) < 0) {
      if (record.synapse_shift == max_neuron_shift) widen(room);  // tells
      ++record.synapse_shift;
      room /= 2;
    }
    current_unit_.resize(size_);
    for (std::uint64_t n = 0; n < size_; ++n) {
      current_unit_[n] = std::ldexp(unit_[n], -static_cast<int>(record.input_shift));
      unit_[n] = std::ldexp(membrane[n], static_cast<int>(record.synapse_shift));
    }
  }

  template <typename Value>
  Integers each(Value value) const {
    Integers values(size_);
    for (std::uint64_t n = 0; n < size_; ++n) values[n] = value(n);
    return values;
  }

  void fill() {
    NeuronRecord& r = out_.neuron;
    Columns columns(out_);
    const auto factor = [this](const NeuronParam& tau) {
      return each([&](std::uint64_t n) {
        const double exact = (1 - rate(tau, n)) * 65536;
        told_.leak_error = std::max(told_.leak_error, std::abs(exact - std::nearbyint(exact)) / 65536);
        return to_int32(exact);
      });
    };
    if (is_spiking(node_.op)) {
      columns.add(each([&](std::uint64_t n) {
                    const double exact = threshold(n) / unit_[n];
                    const std::int32_t whole = strict_threshold(exact, r.reset == NeuronRecord::Reset::subtract);
                    if (exact != 0) told_.threshold_error = std::max(told_.threshold_error, std::abs((whole - exact) / exact));
                    return whole;
                  }),
                  r.threshold, r.channel_threshold);
      columns.add(each([this](std::uint64_t n) { return to_int32(reset_value(n) / unit_[n]); }), r.reset_value, r.channel_reset);
    }
    if (leaks()) {
      r.leak = NeuronRecord::Leak::multiply;
      columns.add(factor(node_.tau), r.leak_value, r.channel_leak);
    } else if (node_.op == NodeOp::threshold) {
      r.leak = NeuronRecord::Leak::multiply;  // forgets everything in each step
    }
    if (is_cuba(node_.op)) columns.add(factor(node_.tau_syn), r.synapse_leak, r.channel_synapse_leak);
    columns.add(each([this](std::uint64_t n) {
                  double drive = node_.v_leak.empty() ? 0 : rate(node_.tau, n) * value_of(node_.v_leak, n);
                  if (!context_.bias.empty() && !is_cuba(node_.op)) drive += gain(n) * context_.bias[n];
                  return to_int32(drive / unit_[n]);
                }),
                r.bias, r.channel_bias);
    if (is_cuba(node_.op) && !context_.bias.empty())
      columns.add(each([this](std::uint64_t n) { return to_int32(gain(n) * context_.bias[n] / current_unit_[n]); }), r.synapse_bias,
                  r.channel_synapse_bias);
    columns.store();
  }

  const GraphNode& node_;
  const NeuronContext& context_;
  IntegerNode& out_;
  QuantisedNode& told_;
  std::uint64_t size_;
  std::vector<double> unit_;          // real value of one step of the membrane
  std::vector<double> current_unit_;  // of the current
};

}  // namespace

double input_gain(const GraphNode& node, std::uint64_t n, double dt, double if_gain) {
  if (node.op == NodeOp::threshold) return 1;
  if (is_cuba(node.op)) return dt / value_of(node.tau_syn, n) * value_of(node.w_in, n);
  return (node.tau.empty() ? if_gain : dt / value_of(node.tau, n)) * value_of(node.r, n);
}

std::vector<double> collapsed(std::vector<double> values) {
  if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; })) values.resize(1);
  return values;
}

void quantise_neuron(const GraphNode& node, const NeuronContext& context, IntegerNode& out, QuantisedNode& told) {
  NeuronQuantiser(node, context, out, told).run();
}

}  // namespace snnvp
