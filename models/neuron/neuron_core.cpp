// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/neuron/neuron_core.h>

#include <algorithm>

#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp::neuron {

using engine::JobDescriptor;
using engine::JobStatus;
using engine::LayerRecord;
using engine::Stage;

class NeuronCore::NeuronUpdate : public engine::Job {
public:
  NeuronUpdate(NeuronCore& core, const JobDescriptor& job, std::uint64_t T, std::uint64_t neurons)
      : core_(core),
        job_(job),
        T_(T),
        neurons_(neurons),
        state_(job.neuron.record, job.neuron.tables != 0 ? job.gemm.N : 1, job.neuron.tables != 0 ? neurons / job.gemm.N : neurons),
        sums_(T * neurons),
        step_spikes_(neurons),
        out_("TC", {T, neurons}) {}

  const std::vector<Stage>& stages() const override { return stages_; }
  std::uint64_t items() const override { return T_; }

  void transfers(std::uint64_t item, unsigned, engine::TransferList& list) override {
    const Bytes bytes = neurons_ * 4;
    list.timed.push_back({job_.operands[engine::operand::neuron_sums].address + item * bytes,
                          reinterpret_cast<std::uint8_t*>(&sums_[item * neurons_]), bytes});
    list.port_cycles = core_.config_.dma_bits_per_cycle ? ceil_div(bytes * 8, core_.config_.dma_bits_per_cycle) : 0;
  }

  void execute(std::uint64_t item) override {
    state_.step(0, neurons_, &sums_[item * neurons_], step_spikes_.data());
    for (std::uint64_t i = 0; i < neurons_; ++i)
      if (step_spikes_[i]) out_.set(item * neurons_ + i);
    core_.updates_.add(neurons_);
    core_.update_cycles_.add(step_cycles());
  }

  Cycles cycles(std::uint64_t, unsigned) override { return step_cycles(); }

  Cycles stores(std::uint64_t item, Cycles end, engine::TransferList& list) override {
    if (item + 1 != T_) return 0;
    core_.spikes_.add(out_.count());
    list.timed.push_back({job_.operands[engine::operand::neuron_spikes].address, out_.data(), out_.byte_size()});
    list.port_cycles = core_.config_.dma_bits_per_cycle ? ceil_div(out_.byte_size() * 8, core_.config_.dma_bits_per_cycle) : 0;
    return end;
  }

  std::vector<LayerRecord> finish(const engine::JobTiming& timing) override {
    LayerRecord r;
    r.tag = job_.tag;
    r.kind = "lif";
    r.total_cycles = r.contribution_cycles = timing.end - timing.start;
    r.counts = {{"compute_cycles", step_cycles() * T_}, {"stall_cycles", r.total_cycles - std::min(r.total_cycles, step_cycles() * T_)}};
    r.bus_bytes = timing.bus_bytes_read + timing.bus_bytes_written;
    r.texts = {{"timing", "tile"}};
    return {r};
  }

private:
  Cycles step_cycles() const { return ceil_div(neurons_, core_.config_.lanes) * core_.config_.cycles_per_update; }

  NeuronCore& core_;
  JobDescriptor job_;
  std::uint64_t T_, neurons_;
  LifState state_;
  std::vector<std::int32_t> sums_;
  std::vector<std::uint8_t> step_spikes_;
  SpikeTensor out_;
  std::vector<Stage> stages_{{"fetch", true, core_.config_.prefetch_steps, 1, Stage::FreedAt::end},
                             {"update", false, 0, 0, Stage::FreedAt::end}};
};

std::variant<std::unique_ptr<engine::Job>, engine::Refusal> NeuronCore::start(const JobDescriptor& job) {
  if (job.operation != engine::Operation::neuron) return engine::Refusal{JobStatus::unsupported, "a LIF unit only updates neurons"};
  const auto& sums = job.operands[engine::operand::neuron_sums];
  const auto& spikes = job.operands[engine::operand::neuron_spikes];
  if (sums.format != engine::Format::int32 || spikes.format != engine::Format::spikes)
    return engine::Refusal{JobStatus::unsupported, "sums must be int32 and results spikes"};
  for (const auto* operand : {&sums, &spikes})
    if (!operand->is_dense_memory()) return engine::Refusal{JobStatus::unsupported, "only dense operands in memory"};
  const std::uint64_t T = job.gemm.T, neurons = sums.elements() / T;
  if (neurons == 0 || neurons * T != sums.elements() || spikes.elements() != sums.elements())
    return engine::Refusal{JobStatus::bad_shape, "sums and spikes must hold T x neurons values"};
  if (!job.neuron.record.fires()) return engine::Refusal{JobStatus::unsupported, "results are spikes"};
  const std::uint64_t channels = job.neuron.tables != 0 ? job.gemm.N : 1;
  if (neurons % channels != 0) return engine::Refusal{JobStatus::bad_shape, "the neurons are no multiple of the channels N"};
  if (!neuron_problem(job.neuron.record, channels).empty()) return engine::Refusal{JobStatus::unsupported, "neuron record out of range"};
  if (auto refusal = engine::refuse_large(sums.elements() * 5 + neurons * 9, T)) return *refusal;  // sums, spikes, membranes
  return std::make_unique<NeuronUpdate>(*this, job, T, neurons);
}

void NeuronCore::report_stats(StatSink& sink) const {
  sink.count("lif_updates", updates_);
  sink.count("spikes", spikes_);
  sink.count("update_cycles", update_cycles_);
}

}  // namespace snnvp::neuron
