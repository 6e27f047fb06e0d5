// SPDX-License-Identifier: Apache-2.0
// A comparison model over all layers of a workload.
#include <snnvp/models/baselines/baselines.h>

#include <functional>

#include <fmt/format.h>
#include <snnvp/models/baselines/energy.h>
#include <snnvp/models/prosperity/attention_timing.h>
#include <snnvp/models/prosperity/paper_timing.h>

namespace snnvp::baselines {

namespace {

using Op = LayerStep::Op;

const char* kind_of(const LayerStep& step) {
  switch (step.op) {
    case Op::gemm: return step.gemm.kind == GemmGeometry::Kind::conv2d ? "conv2d" : "fc";
    case Op::attention: return "attention";
    case Op::layernorm: return "layernorm";
    case Op::neuron: break;
  }
  return "lif";
}

/// Visits a workload's layers in order, each neuron update as a layer of its own with its time steps.
class Steps {
public:
  std::function<void(const LayerStep&)> layer;  ///< gemm, attention, layernorm
  std::function<void(const LayerStep::Neuron&, std::uint64_t T)> neurons;

  void visit(const LayerProgram& program, const std::atomic<bool>& stop) const {
    std::uint64_t T = 1;  // of the last layer with time: a layernorm and its neurons follow it
    for (const LayerStep& step : program.steps) {
      if (stop) return;
      if (step.op == Op::attention) T = step.attention.T;
      if (step.op == Op::gemm) T = step.gemm.T;
      if (step.op != Op::neuron) layer(step);
      if (step.neuron) neurons(*step.neuron, step.op == Op::neuron ? step.gemm.T : T);
    }
  }
};

AnalyticLayer layer_of(std::string name, const char* kind) {
  AnalyticLayer layer;
  layer.name = std::move(name);
  layer.kind = kind;
  return layer;
}

void note_bits(AnalyticLayer& layer, const char* name, const std::optional<Bits>& bits) {
  if (bits) layer.figures.emplace_back(name, *bits);
}

template <typename Cost>
AnalyticLayer costed(std::string name, const char* kind, std::string problem, const Cost& cost_of) {
  AnalyticLayer layer = layer_of(std::move(name), kind);
  layer.problem = std::move(problem);
  if (!layer.problem.empty()) return layer;
  const LayerCost cost = cost_of();
  layer.cycles = cost.total();
  layer.figures = {{"compute_cycles", cost.compute}, {"stall_cycles", cost.stall}};
  note_bits(layer, "dram_read_bits", cost.dram_read);
  note_bits(layer, "dram_write_bits", cost.dram_write);
  return layer;
}

AnalyticLayer costed(Model model, const LayerStep& step) {
  switch (step.op) {
    case Op::attention: return costed(step.name, kind_of(step), attention_problem(model), [&] { return attention_cost(step.attention); });
    case Op::layernorm:
      return costed(step.name, kind_of(step), layernorm_problem(model), [&] { return layernorm_cost(step.norm_rows, step.norm_width); });
    default:
      return costed(step.name, kind_of(step), gemm_problem(model, step.gemm),
                    [&] { return gemm_cost(model, step.gemm, step.input->view()); });
  }
}

void add_energy(const LayerProgram& program, const EnergyConstants& constants, AnalyticResult& result) {
  const Bits bits = prosperity_dram_bits(program);
  const double on_chip = on_chip_mj(constants, *result.seconds), dram = dram_mj(constants, bits);
  result.energy_mj = on_chip + dram;
  result.figures.emplace_back("on_chip_energy_mj", on_chip);
  result.figures.emplace_back("dram_energy_mj", dram);
  result.figures.emplace_back("prosperity_dram_bits", bits);
}

void with_cycles(Model model, const LayerProgram& program, const std::atomic<bool>& stop, AnalyticResult& result) {
  result.basis = "authors' simulator";
  result.yardstick = model == Model::eyeriss_linear ? 2 : model == Model::eyeriss ? 1 : 0;
  result.clock_hz = clock_hz;
  Steps steps;
  steps.layer = [&](const LayerStep& step) { result.layers.push_back(costed(model, step)); };
  steps.neurons = [&](const LayerStep::Neuron& neuron, std::uint64_t T) {
    result.layers.push_back(
        costed(neuron.name, "lif", lif_problem(model, neuron.neurons, T), [&] { return lif_cost(model, neuron.neurons, T); }));
  };
  steps.visit(program, stop);
  Cycles sum = 0;
  bool any = false;
  for (const AnalyticLayer& layer : result.layers)
    if (layer.cycles) sum += *layer.cycles, any = true;
  if (!any || stop) return;
  result.cycles = sum;
  result.seconds = static_cast<double>(sum) / clock_hz;
  add_energy(program, *energy_constants(model), result);
}

void with_densities(const LoasPacking& packing, const LayerProgram& program, const std::atomic<bool>& stop, AnalyticResult& result) {
  result.basis = "density only";
  prosperity::GemmAnalyzer analyzer;
  LoasTotal total(packing.kind);
  Steps steps;
  steps.neurons = [](const LayerStep::Neuron&, std::uint64_t) {};  // they have no density
  steps.layer = [&](const LayerStep& step) {
    AnalyticLayer layer = layer_of(step.name, kind_of(step));
    layer.problem = step.op != Op::gemm ? "the model has densities of conv and fc layers only" : loas_problem(packing, step.gemm);
    if (layer.problem.empty()) {
      const LoasCount count = loas_count(packing, step.gemm, step.input->view(), analyzer);
      const double elements = static_cast<double>(count.elements());
      layer.figures = {{"rows", count.rows},
                       {"columns", count.columns},
                       {"elements", count.elements()},
                       {"ones", count.ones},
                       {"pro_ones", count.pro_ones},
                       {"bit_density", static_cast<double>(count.ones) / elements},
                       {"product_density", static_cast<double>(count.pro_ones) / elements}};
      total.add(count, step.gemm.N);
    }
    result.layers.push_back(std::move(layer));
  };
  steps.visit(program, stop);
  if (total.empty() || stop) return;
  result.figures = {{"bit_density", total.bit_density()}, {"product_density", total.product_density()}};
  const bool groups = packing.kind == LoasPacking::Kind::groups;
  if (groups) {
    result.figures.emplace_back("printed_bit_density", total.printed_bit_density());
    result.figures.emplace_back("printed_product_density", total.printed_product_density());
  }
  result.notes.push_back(groups ? std::string("four groups of time steps, layers weighted by outputs")
                                : fmt::format("one map of neurons that spike more than {} times, rows = {}", packing.over,
                                              packing.rows == LoasPacking::Rows::positions ? "positions" : "inputs"));
}

void with_constants(Model model, const LayerProgram& program, AnalyticResult& result) {
  result.basis = "published constant";
  const PublishedResult* published = published_result(model, program.network);
  if (!published) {
    result.notes.emplace_back("nothing published for this network (snnvp describe models.baselines names those that have figures)");
    return;
  }
  result.seconds = published->seconds;
  if (const auto constants = energy_constants(model)) {
    add_energy(program, *constants, result);
    result.notes.emplace_back("energy by the authors' formula; their table says 0.1335 mJ more");
  } else {
    result.energy_mj = 1e3 * published->watts * published->seconds;
  }
}

}  // namespace

Bits prosperity_dram_bits(const LayerProgram& program) {
  const prosperity::Config unit;
  prosperity::LayerState state;
  Bits bits = 0;
  Steps steps;
  steps.layer = [&](const LayerStep& step) {
    switch (step.op) {
      case Op::attention:
        bits += attention_layer(unit, prosperity::AttentionAnalysis::without_spikes(unit, step.attention), state).traffic.dram();
        break;
      case Op::layernorm: bits += layernorm_layer(unit, step.norm_rows, step.norm_width, state).traffic.dram(); break;
      default: bits += gemm_layer(unit, prosperity::GemmAnalysis::without_spikes(unit, step.gemm), state).traffic.dram();
    }
  };
  steps.neurons = [&](const LayerStep::Neuron& neuron, std::uint64_t T) {
    bits += lif_layer(unit, neuron.neurons, T, state).traffic.dram();
  };
  steps.visit(program, std::atomic<bool>(false));
  return bits;
}

AnalyticResult compare_with(Model model, const LoasPacking& packing, const LayerProgram& program, const std::atomic<bool>& stop) {
  AnalyticResult result;
  result.model = model_name(model);
  if (has_cycles(model))
    with_cycles(model, program, stop, result);
  else if (model == Model::loas)
    with_densities(packing, program, stop, result);
  else
    with_constants(model, program, result);
  return result;
}

}  // namespace snnvp::baselines
