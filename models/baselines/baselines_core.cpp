// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/baselines/baselines_core.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <snnvp/models/baselines/row_ones.h>
#include <snnvp/models/pe_array/ptb.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::baselines {

namespace {

constexpr const char* names[] = {"eyeriss", "eyeriss_linear", "mint", "sato", "ptb", "loas", "stellar", "a100"};

constexpr std::uint64_t eyeriss_rows = 14, eyeriss_cols = 12;
constexpr std::uint64_t eyeriss_pes = eyeriss_rows * eyeriss_cols;
constexpr std::uint64_t mint_pes = 128, sato_pes = 128;
constexpr std::uint64_t mint_lif_operations = 3, mint_lif_lanes = 16;
constexpr std::uint64_t sum_bits = 8;

// Keeps every product of this file within 64 bits.
constexpr std::uint64_t max_updates = std::uint64_t{1} << 56;

__extension__ using Wide = unsigned __int128;

/// log2(T) in 1/2^32, rounded down, by squaring: the same on every host, unlike a libm.
std::uint64_t log2_fixed(std::uint64_t T) {
  std::uint64_t whole = 0;
  while ((T >> whole) > 1) ++whole;
  // T / 2^whole in [1, 2), as 2^63 times that.
  std::uint64_t m = T << (63 - whole), fraction = 0;
  for (int bit = 0; bit < 32; ++bit) {
    const Wide square = (Wide{m} * m) >> 63;
    const bool one = (square >> 64) != 0;
    fraction = fraction << 1 | static_cast<std::uint64_t>(one);
    m = static_cast<std::uint64_t>(one ? square >> 1 : square);
  }
  return whole << 32 | fraction;
}

/// neurons * (log2(T) + 1), to the nearest integer.
Cycles sato_lif(std::uint64_t neurons, std::uint64_t T) {
  const Wide factor = Wide{log2_fixed(T)} + (std::uint64_t{1} << 32), half = std::uint64_t{1} << 31;
  return static_cast<Cycles>((factor * neurons + half) >> 32);
}

/// Each row's ones go to the unit with the least load so far; N output channels are processed one after the other. Which of
/// equally loaded units takes a row makes no difference to the largest load.
Cycles sato_gemm(const GemmGeometry& g, const SpikeView& spikes) {
  std::vector<std::uint64_t> loads(sato_pes, 0);  // a heap with the least load in front
  RowOnes rows(g, spikes);
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (const std::uint32_t ones : rows.of_step(t)) {
      if (ones == 0) continue;
      std::pop_heap(loads.begin(), loads.end(), std::greater<>());
      loads.back() += ones;
      std::push_heap(loads.begin(), loads.end(), std::greater<>());
    }
  return *std::max_element(loads.begin(), loads.end()) * g.N;
}

std::uint64_t all_ones(const GemmGeometry& g, const SpikeView& spikes) {
  RowOnes rows(g, spikes);
  std::uint64_t sum = 0;
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (const std::uint32_t ones : rows.of_step(t)) sum += ones;
  return sum;
}

bool is_eyeriss(Model model) { return model == Model::eyeriss || model == Model::eyeriss_linear; }

LayerCost cycles_only(Cycles cycles) {
  LayerCost cost;
  cost.compute = cycles;
  return cost;
}

}  // namespace

const char* model_name(Model model) { return names[static_cast<std::size_t>(model)]; }

Model model_of(const std::string& name) {
  const auto it = std::find(std::begin(names), std::end(names), name);
  if (it == std::end(names)) throw InternalError("no comparison model " + name);
  return static_cast<Model>(it - std::begin(names));
}

bool has_cycles(Model model) { return model != Model::loas && model != Model::stellar && model != Model::a100; }

std::string gemm_problem(Model model, const GemmGeometry& geometry) {
  return model == Model::ptb ? pe_array::ptb_compat_problem(geometry) : std::string();
}

std::string lif_problem(Model, std::uint64_t neurons, std::uint64_t T) {
  if (T != 0 && neurons > max_updates / T) return fmt::format("more than {} neuron updates", max_updates);
  return {};
}

std::string attention_problem(Model model) { return model == Model::eyeriss_linear ? "" : "the model has no attention"; }

std::string layernorm_problem(Model model) { return model == Model::eyeriss_linear ? "" : "the model has no layernorm"; }

LayerCost gemm_cost(Model model, const GemmGeometry& g, const SpikeView& spikes) {
  switch (model) {
    case Model::eyeriss:
    case Model::eyeriss_linear: return cycles_only(ceil_div(g.N, eyeriss_cols) * (g.K() * g.M() / eyeriss_rows));
    case Model::mint: return cycles_only(all_ones(g, spikes) * ceil_div(g.N, mint_pes));
    case Model::sato: return cycles_only(sato_gemm(g, spikes));
    case Model::ptb: {
      const pe_array::PtbCompat run = pe_array::ptb_compat(g, spikes);
      return {run.compute, run.stall, run.dram_read, run.dram_write};
    }
    default: throw InternalError(std::string(model_name(model)) + " has no cycles");
  }
}

LayerCost lif_cost(Model model, std::uint64_t neurons, std::uint64_t T) {
  if (is_eyeriss(model)) return cycles_only(T / eyeriss_cols * neurons / eyeriss_rows);
  if (model == Model::mint) return cycles_only(neurons * T * mint_lif_operations / mint_lif_lanes);
  if (model == Model::sato) return cycles_only(sato_lif(neurons, T));
  if (model == Model::ptb) return cycles_only(pe_array::ptb_compat_lif(neurons, T));
  throw InternalError(std::string(model_name(model)) + " has no cycles");
}

LayerCost attention_cost(const AttentionGeometry& g) {
  using Kind = AttentionGeometry::Kind;
  std::uint64_t operations = 0;
  switch (g.kind) {
    case Kind::spikformer:
    case Kind::spikebert: operations = 2 * g.L * g.L * g.D * g.T; break;
    case Kind::sdt: operations = 4 * g.L * g.D * g.T; break;
    case Kind::spikingbert: operations = 2 * g.L * g.L * g.D * g.T + 2 * g.L * g.L * g.heads * g.T + g.L * g.heads * g.T; break;
  }
  return cycles_only(operations / eyeriss_pes);
}

LayerCost layernorm_cost(std::uint64_t rows, std::uint64_t width) {
  const Bits bits = sum_bits * rows * width;
  return cycles_only((3 * bits + 2 * (bits / width)) / eyeriss_pes);
}

}  // namespace snnvp::baselines
