// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/network/golden.h>

namespace snnvp {
namespace {

/// Values a step leaves per time step: what a neuron update behind it must have neurons for.
std::uint64_t outputs_per_step(const LayerStep& step) {
  switch (step.op) {
    case LayerStep::Op::gemm: return step.gemm.positions() * step.gemm.N;
    case LayerStep::Op::attention: return step.attention.L * step.attention.D;
    default: return 0;
  }
}

std::uint64_t sums_of(const LayerStep& step) {
  switch (step.op) {
    case LayerStep::Op::gemm: return output_sums(step.gemm);
    case LayerStep::Op::attention: return step.attention.T * step.attention.L * step.attention.D;
    case LayerStep::Op::layernorm: return step.norm_fits ? step.norm_rows * step.norm_width : 0;
    default: return 0;
  }
}

std::uint64_t time_steps(const LayerStep& step) { return step.op == LayerStep::Op::attention ? step.attention.T : step.gemm.T; }

bool masks(const LayerStep& step) { return step.op == LayerStep::Op::attention && step.attention.kind == AttentionGeometry::Kind::sdt; }

}  // namespace

std::vector<LayerStep> steps_of(const SpikeNetwork& network) {
  std::vector<LayerStep> steps;
  bool directly_behind = false;  // the previous operation of the sequence is the last step
  std::uint64_t T = 1;           // of the last layer with time
  // Recorded layers bring their own input; a LIF or layernorm only has one if it reads what the last step left.
  const auto reads_last = [&steps](const SequenceOp& op) {
    return !steps.empty() && (op.inputs.empty() || op.inputs == std::vector<std::string>{steps.back().name});
  };
  for (const SequenceOp& op : network.sequence) {
    LayerStep step;
    step.name = op.name;
    switch (op.kind) {
      case SequenceOp::Kind::conv2d:
      case SequenceOp::Kind::fc: {
        const SpikeLayer& layer = network.layers.at(op.index);
        step.gemm = layer.geometry;
        step.input = &layer.spikes;
        break;
      }
      case SequenceOp::Kind::attention: {
        const AttentionLayer& layer = network.attentions.at(op.index);
        step.op = LayerStep::Op::attention;
        step.attention = layer.geometry;
        step.q = &layer.q, step.k = &layer.k, step.v = &layer.v;
        break;
      }
      case SequenceOp::Kind::layernorm:
        step.op = LayerStep::Op::layernorm;
        step.norm_rows = op.norm.rows;
        step.norm_width = op.norm.width;
        step.norm_fits = reads_last(op) && sums_of(steps.back()) == op.norm.rows * op.norm.width;
        break;
      case SequenceOp::Kind::lif: {
        if (op.neurons > 0xFFFFFFFF)
          throw InputError(fmt::format("{}: {} has {} neurons, at most 4294967295 are possible", network.folder, op.name, op.neurons));
        LayerStep::Neuron neuron{op.name, op.neurons, true};
        LayerStep* before = directly_behind && reads_last(op) ? &steps.back() : nullptr;
        if (before && !before->neuron && !masks(*before) && before->op != LayerStep::Op::neuron && op.T == T) {
          neuron.fits = before->op == LayerStep::Op::layernorm ? before->norm_fits && op.neurons * T == sums_of(*before)
                                                               : op.neurons == outputs_per_step(*before);
          before->neuron = neuron;
          continue;
        }
        // Not directly behind a layer: counted and timed, but there are no sums that would be its input.
        neuron.fits = false;
        step.op = LayerStep::Op::neuron;
        step.gemm.T = op.T;
        step.gemm.N = op.neurons;
        step.gemm.C = 1;
        step.neuron = neuron;
        break;
      }
      case SequenceOp::Kind::maxpool2d:
      case SequenceOp::Kind::add: directly_behind = false; continue;  // no cost on this hardware; the next layer's input is recorded
    }
    if (step.op == LayerStep::Op::gemm || step.op == LayerStep::Op::attention) T = time_steps(step);
    steps.push_back(std::move(step));
    directly_behind = true;
  }
  if (steps.empty()) throw InputError(network.folder + ": the sequence has no layer to run");
  return steps;
}

namespace {

LayerProgram build_trace(const ParamSet& params) {
  auto network = std::make_shared<SpikeNetwork>(read_spike_network(params.get<std::string>("network")));
  LayerProgram program;
  program.network = network->name;
  program.steps = steps_of(*network);
  program.input_files = network->input_files;
  program.owner = network;
  return program;
}

}  // namespace

WorkloadKind trace_workload() {
  WorkloadKind kind;
  kind.kind = "trace";
  kind.doc = "Recorded spikes of a network folder (snn-spikes-v1): each layer reads its recorded input, weights are seeded";
  ParamSpec network = path_param("network", "network folder with a manifest.json");
  network.required = true;
  kind.params = {network};
  kind.main_param = "network";
  kind.build = build_trace;
  return kind;
}

}  // namespace snnvp
