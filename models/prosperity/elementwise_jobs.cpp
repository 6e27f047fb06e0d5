// SPDX-License-Identifier: Apache-2.0
// Jobs without a matrix product: layer normalisation on the special function unit, and a LIF update alone.
#include <algorithm>

#include <snnvp/models/prosperity/jobs.h>
#include <snnvp/models/prosperity/layer_lif.h>
#include <snnvp/workloads/network/elementwise.h>

namespace snnvp::prosperity {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::LayerRecord;
using engine::Refusal;
using engine::Stage;
using engine::TransferList;

namespace {

/// Rows of sums, tile_m at a time. Traffic counts 8 bit a value, as all psum traffic of the reference; the bytes
/// that really move are int32.
class LayerNormJob : public engine::Job {
public:
  LayerNormJob(ProsperityEngine& unit, const JobDescriptor& job, std::uint64_t T)
      : unit_(unit),
        config_(unit.config().unit),
        job_(job),
        T_(T),
        values_(job.norm_rows * job.norm_width),
        stages_{{"fetch", true, 2, 1, Stage::FreedAt::end}, {"normalise", false, 0, 0, Stage::FreedAt::end}} {
    if (job_.neuron.present)
      lif_.emplace(config_, job_.neuron, LayerShape{T_, values_.size() / T_, 1, true}, job_.operands[engine::operand::attention_spikes].present());
  }

  const std::vector<Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return ceil_div(job_.norm_rows, config_.tile_m); }
  bool ignores_bus_time() const override { return unit_.is_paper(); }

  void transfers(std::uint64_t item, unsigned, TransferList& list) override {
    list.timed.push_back(transfer(item, job_.operands[engine::operand::norm_in].address));
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
    norm_end_ = end;
    if (lif_) {
      for (std::uint64_t t = 0; t < T_; ++t) {
        lif_->update_step(t, values_.data());
        ready = lif_->timed_step(end);
      }
      lif_->store(job_.operands[engine::operand::attention_spikes], list);
    }
    return ready;
  }

  Cycles fixed_duration() override {
    settle();
    return counts_.contribution + (lif_ ? lif_counts_.contribution : 0);
  }
  std::vector<LayerRecord> finish(const engine::JobTiming& timing) override {
    settle();
    std::vector<LayerRecord> out{unit_.record(job_, 0, "layernorm", counts_)};
    out[0].bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
    if (!unit_.is_paper()) set_measured_cycles(out[0], (lif_ ? norm_end_ : timing.end) - timing.start, compute_);
    if (!lif_) return out;
    out.push_back(unit_.record(job_, 1, "lif", lif_counts_));
    out[1].bus_bytes = lif_->stored_bytes();
    out[0].bus_bytes -= out[1].bus_bytes;
    if (!unit_.is_paper()) out[1].total_cycles = out[1].contribution_cycles = timing.end - norm_end_;
    return out;
  }

private:
  std::uint64_t rows(std::uint64_t item) const { return std::min<std::uint64_t>(config_.tile_m, job_.norm_rows - item * config_.tile_m); }
  Cycles port_cycles(std::uint64_t item) const {
    return config_.dram_bits_per_cycle ? ceil_div(rows(item) * job_.norm_width * config_.psum_bits, config_.dram_bits_per_cycle) : 0;
  }
  engine::Transfer transfer(std::uint64_t item, Address base) {
    const std::uint64_t first = item * config_.tile_m * job_.norm_width;
    return {base + first * 4, reinterpret_cast<std::uint8_t*>(values_.data() + first), rows(item) * job_.norm_width * 4};
  }
  void settle() {
    if (settled_) return;
    settled_ = true;
    counts_ = unit_.book([this](const Config& c, LayerState& s) { return layernorm_layer(c, job_.norm_rows, job_.norm_width, s); }).reported;
    if (lif_) lif_counts_ = unit_.book([this](const Config& c, LayerState& s) { return lif_layer(c, job_.neuron.neurons, T_, s); }).reported;
  }

  ProsperityEngine& unit_;
  const Config config_;
  JobDescriptor job_;
  std::uint64_t T_;
  std::vector<std::int32_t> values_;
  std::vector<Stage> stages_;
  std::optional<LayerLif> lif_;
  Cycles compute_ = 0, norm_end_ = 0;
  bool settled_ = false;
  LayerCounts counts_, lif_counts_;
};

/// A LIF update that does not directly follow a layer: timed and counted, nothing overlaps (spec/prosperity.md 5.3).
class NeuronJob : public engine::Job {
public:
  NeuronJob(ProsperityEngine& unit, const JobDescriptor& job) : unit_(unit), job_(job), stages_{{"update", false, 0, 0, Stage::FreedAt::end}} {}

  const std::vector<Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return 1; }
  bool ignores_bus_time() const override { return unit_.is_paper(); }
  void transfers(std::uint64_t, unsigned, TransferList&) override {}
  void execute(std::uint64_t) override {
    counts_ = unit_.book([this](const Config& c, LayerState& s) { return lif_layer(c, job_.neuron.neurons, job_.gemm.T, s); }).reported;
  }
  Cycles cycles(std::uint64_t, unsigned) override { return counts_.processor; }
  Cycles stores(std::uint64_t, Cycles end, TransferList& list) override {
    if (counts_.traffic.dram_write != 0 && unit_.config().unit.dram_bits_per_cycle)
      list.port_cycles = ceil_div(counts_.traffic.dram_write, unit_.config().unit.dram_bits_per_cycle);
    return end;
  }
  Cycles fixed_duration() override { return counts_.contribution; }
  std::vector<LayerRecord> finish(const engine::JobTiming& timing) override {
    std::vector<LayerRecord> rows{unit_.record(job_, 0, "lif", counts_)};
    if (!unit_.is_paper()) rows[0].total_cycles = rows[0].contribution_cycles = timing.end - timing.start;
    return rows;
  }

private:
  ProsperityEngine& unit_;
  JobDescriptor job_;
  std::vector<Stage> stages_;
  LayerCounts counts_;
};

}  // namespace

JobOrRefusal make_layernorm_job(ProsperityEngine& unit, const JobDescriptor& job) {
  const std::uint64_t n = job.norm_rows * job.norm_width;
  if (job.norm_width > max_norm_width) return Refusal{JobStatus::unsupported, "rows of at most 32768 values"};
  const auto &in = job.operands[engine::operand::norm_in], &out = job.operands[engine::operand::norm_out], &spikes = job.operands[engine::operand::attention_spikes];
  if (in.format != engine::Format::int32 || in.elements() != n || (out.present() && (out.format != engine::Format::int32 || out.elements() != n)))
    return Refusal{JobStatus::bad_shape, "input and output must hold rows x width int32 values"};
  std::uint64_t T = 1;
  if (job.neuron.present) {
    T = spikes.present() ? spikes.shape[0] : job.neuron.neurons ? std::max<std::uint64_t>(1, n / job.neuron.neurons) : 1;
    if (T == 0 || n % T != 0 || (spikes.present() && (spikes.format != engine::Format::spikes || spikes.elements() != n)))
      return Refusal{JobStatus::bad_shape, "output spikes must hold T x neurons values"};
  }
  return std::make_unique<LayerNormJob>(unit, job, T);
}

JobOrRefusal make_neuron_job(ProsperityEngine& unit, const JobDescriptor& job) {
  if (job.operands[engine::operand::neuron_sums].present() || job.operands[engine::operand::neuron_spikes].present())
    return Refusal{JobStatus::unsupported, "neuron updates on sums in memory are done by models.neuron"};
  return std::make_unique<NeuronJob>(unit, job);
}

}  // namespace snnvp::prosperity
