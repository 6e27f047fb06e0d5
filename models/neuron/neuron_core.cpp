// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/neuron/neuron_core.h>

#include <algorithm>
#include <optional>

#include <snnvp/models/neuron/elements.h>
#include <snnvp/models/neuron/step_job.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp::neuron {

using engine::Format;
using engine::JobDescriptor;
using engine::JobStatus;
using engine::Refusal;
namespace operand = engine::operand;

namespace {

class NeuronUpdate : public StepJob {
public:
  NeuronUpdate(NeuronCore& core, const JobDescriptor& job, std::uint64_t T, std::uint64_t neurons)
      : StepJob(core, job, "lif", T, neurons),
        neurons_(neurons),
        in_(job.operands[operand::neuron_sums], T, neurons),
        out_(job.operands[operand::neuron_spikes], T, neurons),
        values_(neurons),
        step_spikes_(neurons) {
    const engine::NeuronJob& n = job.neuron;
    if (n.threshold_address != 0) table_.resize(n.channels * (n.channel_table ? engine::channel_table_words : 1));
    if (job.operands[operand::neuron_membranes].present()) membranes_.resize(neurons);
    if (job.operands[operand::neuron_currents].present()) currents_.resize(neurons);
  }

  void execute(std::uint64_t item) override {
    if (item == 0) begin();
    in_.load(item, values_.data());
    state_->step(0, neurons_, values_.data(), step_spikes_.data());
    if (job_.neuron.record.fires())
      std::copy(step_spikes_.begin(), step_spikes_.end(), values_.begin());
    else
      std::copy(state_->membranes().begin(), state_->membranes().end(), values_.begin());
    out_.store(item, values_.data());
    core_.count_updates(neurons_);
    core_.count_cycles(core_.step_cycles(neurons_));
  }

protected:
  void fetch(std::uint64_t item, std::vector<engine::Transfer>& list) override {
    if (item == 0) {
      if (!table_.empty()) list.push_back(transfer(job_.neuron.threshold_address, table_));
      state_transfers(list);
    }
    list.push_back(in_.step(item));
  }

  void results(std::vector<engine::Transfer>& list) override {
    if (job_.neuron.record.fires()) core_.count_spikes(out_.ones());
    list.push_back(out_.all());
    if (!membranes_.empty()) membranes_ = state_->membranes();
    if (!currents_.empty()) currents_ = state_->currents();
    state_transfers(list);
  }

private:
  static engine::Transfer transfer(Address address, std::vector<std::int32_t>& words) {
    return {address, reinterpret_cast<std::uint8_t*>(words.data()), words.size() * 4};
  }
  void state_transfers(std::vector<engine::Transfer>& list) {
    if (!membranes_.empty()) list.push_back(transfer(job_.operands[operand::neuron_membranes].address, membranes_));
    if (!currents_.empty()) list.push_back(transfer(job_.operands[operand::neuron_currents].address, currents_));
  }

  /// Tables and state have arrived: the neurons can be made.
  void begin() {
    NeuronRecord record = job_.neuron.record;
    const std::uint64_t channels = table_.empty() ? neurons_ : job_.neuron.channels;
    if (!table_.empty()) read_table(record, channels);
    state_.emplace(record, channels, neurons_ / channels);
    if (membranes_.empty() && currents_.empty()) return;
    std::vector<std::int32_t> v = membranes_, i = currents_;
    v.resize(neurons_);
    i.resize(record.has_current() ? neurons_ : 0);
    state_->restore(v, i);
  }

  void read_table(NeuronRecord& record, std::uint64_t channels) const {
    if (!job_.neuron.channel_table) {
      record.channel_threshold = table_;
      return;
    }
    engine::set_channel_table(table_.data(), channels, record);
  }

  std::uint64_t neurons_;
  StepTensor in_, out_;
  std::vector<std::int32_t> values_, table_, membranes_, currents_;
  std::vector<std::uint8_t> step_spikes_;
  std::optional<LifState> state_;
};

}  // namespace

JobOrRefusal make_neuron_update(NeuronCore& core, const JobDescriptor& job) {
  const NeuronRecord& record = job.neuron.record;
  const engine::Operand &in = job.operands[operand::neuron_sums], &out = job.operands[operand::neuron_spikes];
  const engine::Operand &membranes = job.operands[operand::neuron_membranes], &currents = job.operands[operand::neuron_currents];
  if (!is_step_format(in.format)) return Refusal{JobStatus::unsupported, "the input must be spikes, int8, uint8 or int32"};
  if (out.format != (record.fires() ? Format::spikes : Format::int32))
    return Refusal{JobStatus::unsupported,
                   record.fires() ? "results of a neuron that fires are spikes" : "results of a neuron that does not fire are int32"};
  for (const auto* state : {&membranes, &currents})
    if (state->present() && state->format != Format::int32) return Refusal{JobStatus::unsupported, "membranes and currents are int32"};
  if (currents.present() && !record.has_current()) return Refusal{JobStatus::unsupported, "a neuron without a synapse has no current"};
  for (const auto* operand : {&in, &out, &membranes, &currents})
    if (!operand->is_dense_memory()) return Refusal{JobStatus::unsupported, "only dense operands in memory"};
  const std::uint64_t T = job.gemm.T, neurons = in.elements() / T;
  if (neurons == 0 || neurons * T != in.elements() || out.elements() != in.elements())
    return Refusal{JobStatus::bad_shape, "input and results must hold T x neurons values"};
  for (const auto* state : {&membranes, &currents})
    if (state->present() && state->elements() != neurons)
      return Refusal{JobStatus::bad_shape, "membranes and currents hold one value per neuron"};
  if (!neuron_problem(record, 1).empty()) return Refusal{JobStatus::unsupported, "neuron record out of range"};
  const std::uint32_t channels = job.neuron.channels;
  if (job.neuron.threshold_address != 0 && (channels == 0 || neurons % channels != 0))
    return Refusal{JobStatus::unsupported, "per-channel values need a number of channels that divides the neurons"};
  if (job.neuron.channel_table && job.neuron.threshold_address == 0)
    return Refusal{JobStatus::bad_shape, "a channel table without an address"};
  if (job.neuron.threshold_address % 4 != 0) return Refusal{JobStatus::misaligned, "per-channel values are not 4-byte aligned"};
  if (auto refusal = engine::refuse_large(in.elements() * 8 + neurons * 64, T)) return *refusal;
  return std::make_unique<NeuronUpdate>(core, job, T, neurons);
}

JobOrRefusal NeuronCore::start(const JobDescriptor& job) {
  if (job.operation == engine::Operation::neuron) return make_neuron_update(*this, job);
  if (job.operation == engine::Operation::elementwise) return make_elementwise(*this, job);
  return Refusal{JobStatus::unsupported, "a neuron unit updates neurons and works on elements; it multiplies no matrices"};
}

void NeuronCore::report_stats(StatSink& sink) const {
  sink.count("lif_updates", updates_);
  sink.count("spikes", spikes_);
  sink.count("update_cycles", update_cycles_);
  sink.count("elements", elements_);
}

}  // namespace snnvp::neuron
