// SPDX-License-Identifier: Apache-2.0
// Jobs without a matrix product: layer normalisation on the special function unit, and a LIF update alone.
#include <algorithm>

#include <snnvp/models/prosperity/jobs.h>
#include <snnvp/models/prosperity/layer_job.h>
#include <snnvp/workloads/network/elementwise.h>

namespace snnvp::prosperity {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;
using engine::Stage;
using engine::TransferList;

namespace {

/// Rows of sums, tile_m at a time; without an input operand only timed and counted. Traffic counts 8 bit a value, as all psum traffic of
/// the reference; the bytes that really move are int32.
class LayerNormJob : public LayerJob {
public:
  LayerNormJob(ProsperityEngine& unit, const JobDescriptor& job, std::uint64_t T)
      : LayerJob(unit, job, "layernorm", unit.config().unit,
                 {{"fetch", true, 2, 1, Stage::FreedAt::end}, {"normalise", false, 0, 0, Stage::FreedAt::end}}),
        T_(T),
        values_(job.norm_rows * job.norm_width) {
    add_lif({T_, values_.size() / T_, 1, true}, job_.operands[engine::operand::attention_spikes]);
  }

  std::uint64_t items() const override { return ceil_div(job_.norm_rows, config_.tile_m); }

  void transfers(std::uint64_t item, unsigned, TransferList& list) override {
    if (const auto& in = job_.operands[engine::operand::norm_in]; in.present()) list.timed.push_back(transfer(item, in.address));
    list.port_cycles = port_cycles(item);
  }
  void execute(std::uint64_t item) override {
    std::int32_t* at = values_.data() + item * config_.tile_m * job_.norm_width;
    integer_layernorm(rows(item), job_.norm_width, at, at);
  }
  Cycles cycles(std::uint64_t item, unsigned) override {
    Cycles c = 3 * (rows(item) * job_.norm_width / config_.tile_n);
    if (item + 1 == items()) c += config_.tile_m * job_.norm_width / config_.multipliers + 2 * Cycles{config_.tile_m} / config_.dividers;
    compute_ += c;
    return c;
  }
  Cycles stores(std::uint64_t item, Cycles end, TransferList& list) override {
    Cycles ready = end;
    if (const auto& out = job_.operands[engine::operand::norm_out]; out.present()) list.timed.push_back(transfer(item, out.address));
    list.port_cycles = port_cycles(item);
    if (item + 1 != items()) return ready;
    layer_end_ = end;
    if (lif_) {
      for (std::uint64_t t = 0; t < T_; ++t) {
        lif_->update_step(t, values_.data());
        ready = lif_->timed_step(end);
      }
      lif_->store(job_.operands[engine::operand::attention_spikes], list);
    }
    return ready;
  }

protected:
  LayerCounts count(const Config& config, LayerState& state) const override {
    return layernorm_layer(config, job_.norm_rows, job_.norm_width, state);
  }
  Cycles ideal_cycles() const override { return compute_; }
  std::uint64_t time_steps() const override { return T_; }

private:
  std::uint64_t rows(std::uint64_t item) const { return std::min<std::uint64_t>(config_.tile_m, job_.norm_rows - item * config_.tile_m); }
  Cycles port_cycles(std::uint64_t item) const { return port_time(rows(item) * job_.norm_width * config_.psum_bits); }
  engine::Transfer transfer(std::uint64_t item, Address base) {
    const std::uint64_t first = item * config_.tile_m * job_.norm_width;
    return {base + first * 4, reinterpret_cast<std::uint8_t*>(values_.data() + first), rows(item) * job_.norm_width * 4};
  }
  std::uint64_t T_;
  std::vector<std::int32_t> values_;
  Cycles compute_ = 0;
};

/// A LIF update that does not directly follow a layer: timed and counted, nothing overlaps (spec/prosperity.md 5.3).
class NeuronJob : public LayerJob {
public:
  NeuronJob(ProsperityEngine& unit, const JobDescriptor& job)
      : LayerJob(unit, job, "lif", unit.config().unit, {{"update", false, 0, 0, Stage::FreedAt::end}}) {}

  std::uint64_t items() const override { return 1; }
  void transfers(std::uint64_t, unsigned, TransferList&) override {}
  void execute(std::uint64_t) override {}
  Cycles cycles(std::uint64_t, unsigned) override { return cycles_ = settle().processor; }
  Cycles stores(std::uint64_t, Cycles end, TransferList& list) override {
    list.port_cycles = port_time(settle().traffic.dram_write);
    return end;
  }

protected:
  LayerCounts count(const Config& config, LayerState& state) const override {
    return lif_layer(config, job_.neuron.neurons, job_.gemm.T, state);
  }
  Cycles ideal_cycles() const override { return cycles_; }

private:
  Cycles cycles_ = 0;
};

}  // namespace

JobOrRefusal make_layernorm_job(ProsperityEngine& unit, const JobDescriptor& job) {
  const std::uint64_t n = job.norm_rows * job.norm_width;
  if (job.norm_width > max_norm_width) return Refusal{JobStatus::unsupported, "rows of at most 32768 values"};
  const auto &in = job.operands[engine::operand::norm_in], &out = job.operands[engine::operand::norm_out],
             &spikes = job.operands[engine::operand::attention_spikes];
  if ((in.present() && (in.format != engine::Format::int32 || in.elements() != n)) ||
      (!in.present() && (out.present() || spikes.present())) ||
      (out.present() && (out.format != engine::Format::int32 || out.elements() != n)))
    return Refusal{JobStatus::bad_shape, "input and output must hold rows x width int32 values"};
  const std::uint64_t T = job.neuron.present ? job.gemm.T : 1;
  if (job.neuron.present) {
    if (T == 0 || n % T != 0 || (spikes.present() && (spikes.format != engine::Format::spikes || spikes.elements() != n)))
      return Refusal{JobStatus::bad_shape, "output spikes must hold T x neurons values"};
    if (job.neuron.neurons > 0xFFFFFFFF / T) return Refusal{JobStatus::bad_shape, "more than 2^32 - 1 neuron updates"};
  }
  if (auto refusal = engine::refuse_large(n * 9, job.norm_rows)) return *refusal;  // values, membranes, spikes
  return std::make_unique<LayerNormJob>(unit, job, T);
}

JobOrRefusal make_neuron_job(ProsperityEngine& unit, const JobDescriptor& job) {
  if (job.operands[engine::operand::neuron_sums].present() || job.operands[engine::operand::neuron_spikes].present())
    return Refusal{JobStatus::unsupported, "neuron updates on sums in memory are done by models.neuron"};
  return std::make_unique<NeuronJob>(unit, job);
}

}  // namespace snnvp::prosperity
